/* child.c - what the benchmarks run: static and without a libc, so that it starts fast.
 *
 *   child hi            prints a line
 *   child bytes COUNT   prints numbered lines of 16 bytes, COUNT bytes in all
 *   child echo          makes its terminal raw, says so, and gives back every byte
 *   child pause         says that it is there, and waits for its end
 */
#include <asm/termbits.h>
#include <asm/unistd.h>
#include <linux/ioctl.h>
#include <asm/ioctls.h>

enum { BLOCK = 65536, LINE = 16 };

static char block[BLOCK];

#if defined __x86_64__
__asm__(".globl _start\n_start: xor %ebp, %ebp\n mov %rsp, %rdi\n and $-16, %rsp\n"
        " call orch_child\n");

static long call(long number, long a, long b, long c, long d) {
  register long r10 __asm__("r10") = d;
  long result;
  __asm__ volatile("syscall"
                   : "=a"(result)
                   : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10)
                   : "rcx", "r11", "memory");
  return result;
}
#elif defined __aarch64__
__asm__(".globl _start\n_start: mov x29, #0\n mov x0, sp\n bl orch_child\n");

static long call(long number, long a, long b, long c, long d) {
  register long x8 __asm__("x8") = number;
  register long x0 __asm__("x0") = a;
  register long x1 __asm__("x1") = b;
  register long x2 __asm__("x2") = c;
  register long x3 __asm__("x3") = d;
  __asm__ volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3) : "memory");
  return x0;
}
#else
#error "the benchmarks know x86_64 and aarch64"
#endif

static _Noreturn void leave(int code) {
  for (;;) call(__NR_exit_group, code, 0, 0, 0);
}

static void print(const char *text, long n) {
  while (n > 0) {
    long written = call(__NR_write, 1, (long)text, n, 0);
    if (written < 0) leave(1);
    text += written;
    n -= written;
  }
}

static void number_lines(void) {
  for (int line = 0; line < BLOCK / LINE; line++) {
    char *at = block + line * LINE + LINE - 1;
    *at = '\n';
    for (int i = 1, rest = line; i < LINE; i++, rest /= 10)
      *--at = (char)('0' + rest % 10);
  }
}

static void print_bytes(const char *word) {
  long n = 0;
  while (*word >= '0' && *word <= '9') n = n * 10 + (*word++ - '0');
  number_lines();
  for (; n > 0; n -= BLOCK) print(block, n < BLOCK ? n : BLOCK);
}

static void make_raw(void) {
  struct termios modes;
  if (call(__NR_ioctl, 0, TCGETS, (long)&modes, 0) < 0) leave(1);
  modes.c_lflag &= ~(tcflag_t)(ICANON | ECHO | ISIG);
  modes.c_cc[VMIN] = 1;
  modes.c_cc[VTIME] = 0;
  if (call(__NR_ioctl, 0, TCSETS, (long)&modes, 0) < 0) leave(1);
}

static void echo(void) {
  make_raw();
  print("ready\n", 6);
  long n;
  while ((n = call(__NR_read, 0, (long)block, BLOCK, 0)) > 0) print(block, n);
}

_Noreturn void orch_child(long *stack);
_Noreturn void orch_child(long *stack) {
  char **argv = (char **)(stack + 1);
  switch (stack[0] > 1 ? argv[1][0] : 0) {
  case 'h': print("hi\n", 3); break;
  case 'b': print_bytes(stack[0] > 2 ? argv[2] : ""); break;
  case 'e': echo(); break;
  case 'p':
    print("here\n", 5);
    call(__NR_ppoll, 0, 0, 0, 0);
    break;
  default: leave(2);
  }
  leave(0);
}
