/* spawn.c - a terminal or a pipe, and the child at the other end of it.
 *
 * The child runs in our memory until it execs, so it tells what failed by writing it
 * down.  Signal dispositions are the defaults already: the forker saw to it.
 */
#include "keeper.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

typedef struct {
  const orch_job *job;
  int in, out, err; /* each above 2, or -1 for what 0, 1 and 2 are here: /dev/null */
  bool tty;
  volatile int error; /* written by the child */
  const char *volatile stage;
} launch;

/* --- in the child ------------------------------------------------------------ */

static int limit_files(uint64_t soft) {
  struct rlimit limit;
  if (soft == 0) return 0;
  if (getrlimit(RLIMIT_NOFILE, &limit) < 0) return -1;
  limit.rlim_cur = soft < limit.rlim_max ? soft : limit.rlim_max;
  return setrlimit(RLIMIT_NOFILE, &limit);
}

static const char *find_path(char *const env[]) {
  for (; *env != NULL; ++env)
    if (strncmp(*env, "PATH=", 5) == 0) return *env + 5;
  return "/usr/local/bin:/usr/bin:/bin";
}

/* Exec as execvp does, but with the PATH that the child will have, and never through
 * another shell.  Returns only on failure, with errno set to the reason that helps. */
static void search(char *const argv[], char *const env[]) {
  const char *name = argv[0];
  if (strchr(name, '/') != NULL || *name == '\0') {
    execve(name, argv, env);
    return;
  }
  int denied = 0;
  for (const char *at = find_path(env);; ++at) {
    char *path = orch_scratch; /* on the stack it would cost every keeper two pages */
    size_t length = strcspn(at, ":"), size = strlen(name) + 1;
    if (length + 1 + size <= PATH_MAX) {
      memcpy(path, at, length);
      path[length] = '/';
      memcpy(path + length + (length > 0), name, size); /* an empty entry: here */
      execve(path, argv, env);
      if (errno == EACCES)
        denied = EACCES;
      else if (errno != ENOENT && errno != ENOTDIR)
        return;
    }
    at += length;
    if (*at == '\0') break;
  }
  errno = denied ? denied : ENOENT;
}

static const char *prepare(const launch *l) {
  const orch_job *job = l->job;
  if (setsid() < 0) return "session";
  if (l->in >= 0 && dup2(l->in, 0) < 0) return "stdin";
  if (dup2(l->out, 1) < 0 || dup2(l->err, 2) < 0) return "output";
  if (l->tty && ioctl(l->out, TIOCSCTTY, 0) < 0) return "pty";
  if (close_range(3, ~0U, 0) < 0) return "descriptors";
  if (limit_files(job->request.open_files) < 0) return "descriptors";
  if (chdir(job->workdir) < 0) return "workdir";
  return NULL;
}

/* When the leader of a terminal's session exits, the kernel hangs up on the foreground
 * group: `exec > >(tee f); echo x` would lose tee and its output.  A program that types
 * nothing runs as under nohup; at an interactive terminal hang-ups mean what they do. */
static void spare_hangup(const launch *l) {
  if (l->tty && !(l->job->request.flags & ORCH_STDIN_TTY)) signal(SIGHUP, SIG_IGN);
}

static _Noreturn void become_child(launch *l) {
  const char *stage = prepare(l);
  if (stage == NULL) {
    spare_hangup(l);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    search(l->job->argv, l->job->env);
    stage = "exec";
  }
  l->error = errno;
  l->stage = stage;
  _exit(127);
}

/* Nothing else may live in this frame: it is used twice. */
static __attribute__((noinline)) pid_t start_child(launch *l) {
  pid_t pid = vfork();
  if (pid == 0) become_child(l);
  return pid;
}

/* --- in the keeper ------------------------------------------------------------ */

/* No echo and no output post-processing: the transcript is what the program wrote. */
static int prepare_terminal(int master, const orch_request *r) {
  struct termios modes;
  if (tcgetattr(master, &modes) < 0) return -errno;
  modes.c_lflag &= ~(tcflag_t)ECHO;
  modes.c_oflag &= ~(tcflag_t)OPOST;
  modes.c_iflag |= IUTF8;
  if (tcsetattr(master, TCSANOW, &modes) < 0) return -errno;
  struct winsize size = { .ws_row = r->rows ? r->rows : 24,
                          .ws_col = r->cols ? r->cols : 80 };
  return ioctl(master, TIOCSWINSZ, &size) < 0 ? -errno : 0;
}

static int open_terminal(orch_keeper *k) {
  int locked = 0;
  k->output = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
  if (k->output < 0 || ioctl(k->output, TIOCSPTLCK, &locked) < 0) return -errno;
  k->terminal = ioctl(k->output, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
  if (k->terminal < 0) return -errno;
  return prepare_terminal(k->output, &k->job.request);
}

static int open_pipe(orch_keeper *k, int *writer) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) < 0) return -errno;
  k->output = ends[0];
  *writer = ends[1];
  return fcntl(ends[0], F_SETFL, O_NONBLOCK) < 0 ? -errno : 0;
}

/* A pipe or a device could keep the child waiting for input that never comes. */
static bool is_harmless(int fd) {
  struct stat status;
  if (fstat(fd, &status) < 0) return false;
  return S_ISREG(status.st_mode) ||
         (S_ISCHR(status.st_mode) && status.st_rdev == makedev(1, 3));
}

/* Open what the child reads: -1 in *in* stands for /dev/null. */
static int open_input(orch_keeper *k, int *in) {
  const char *path = k->job.input;
  *in = -1;
  if (k->job.request.flags & ORCH_STDIN_TTY) {
    *in = k->terminal;
    return *in < 0 ? -EINVAL : 0;
  }
  if (*path == '\0' || strcmp(path, "/dev/null") == 0) return 0;
  int fd = open(path, O_RDONLY | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
  if (fd < 0) return -errno;
  *in = fd;
  if (!is_harmless(fd)) return -EINVAL;
  return fcntl(fd, F_SETFL, 0) < 0 ? -errno : 0;
}

static int open_errors(int *err) {
  *err = open("stderr", O_CREAT | O_EXCL | O_WRONLY | O_APPEND | O_CLOEXEC, 0600);
  return *err < 0 ? -errno : 0;
}

static int open_all(orch_keeper *k, launch *l, const char **stage) {
  int error = 0;
  *stage = "pty";
  if (l->tty) {
    error = open_terminal(k);
    l->out = k->terminal;
  } else {
    *stage = "pipe";
    error = open_pipe(k, &l->out);
  }
  if (error) return error;
  *stage = "stdin";
  if ((error = open_input(k, &l->in)) < 0) return error;
  *stage = "stderr";
  l->err = l->out;
  return k->job.request.flags & ORCH_STDERR_FILE ? open_errors(&l->err) : 0;
}

static void close_child_side(const orch_keeper *k, const launch *l) {
  if (l->err >= 0 && l->err != l->out) close(l->err);
  if (l->in >= 0 && l->in != k->terminal) close(l->in);
  if (l->out >= 0 && l->out != k->terminal) close(l->out);
}

int orch_spawn(orch_keeper *k, const char **stage) {
  launch l = { .job = &k->job, .in = -1, .out = -1, .err = -1 };
  l.tty = k->job.request.flags & ORCH_TTY;
  int error = open_all(k, &l, stage);
  if (error) return error; /* the keeper ends: so do its descriptors */
  *stage = "exec";
  if (k->job.argv[0] == NULL) return -EINVAL;
  *stage = "fork";
  pid_t pid = start_child(&l);
  if (pid < 0) return -errno;
  close_child_side(k, &l);
  if (l.stage != NULL) {
    waitpid(pid, NULL, 0);
    *stage = l.stage;
    return -l.error;
  }
  k->leader = pid;
  return 0;
}
