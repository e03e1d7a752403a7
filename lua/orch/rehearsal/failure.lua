--- How the system says no: nil, a message, the name of the error.

local texts = {
  EACCES = "permission denied",
  EAGAIN = "resource temporarily unavailable",
  EBUSY = "resource busy or locked",
  EEXIST = "file already exists",
  EINVAL = "invalid argument",
  EIO = "i/o error",
  EISDIR = "illegal operation on a directory",
  ELOOP = "too many symbolic links encountered",
  EMFILE = "too many open files",
  ENOENT = "no such file or directory",
  ENOSPC = "no space left on device",
  ENOTDIR = "not a directory",
  ENOTEMPTY = "directory not empty",
  ENOTTY = "inappropriate ioctl for device",
  EPIPE = "broken pipe",
  ESRCH = "no such process",
  EWOULDBLOCK = "resource temporarily unavailable",
}

--- failure(name, what) -> nil, message, name.  *what* is the caller's word, if any.
local function failure(name, what)
  local message = texts[name] or name
  return nil, what and ("'%s': %s"):format(what, message) or message, name
end

return failure
