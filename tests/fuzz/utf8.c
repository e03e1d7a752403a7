/* utf8.c - fuzzes orch_utf8_repair: what it gives is UTF-8, and valid text stays. */
#include "fuzz.h"
#include "orch.h"

#include <string.h>

/* A second opinion, by decoding. */
static bool is_valid(const uint8_t *s, size_t n) {
  static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
  for (size_t i = 0; i < n;) {
    size_t length = s[i] < 0x80             ? 1
                    : (s[i] & 0xe0) == 0xc0 ? 2
                    : (s[i] & 0xf0) == 0xe0 ? 3
                    : (s[i] & 0xf8) == 0xf0 ? 4
                                            : 0;
    if (length == 0 || length > n - i) return false;
    uint32_t code = length == 1 ? s[i] : s[i] & (0x7fu >> length);
    for (size_t j = 1; j < length; j++) {
      if ((s[i + j] & 0xc0) != 0x80) return false;
      code = code << 6 | (s[i + j] & 0x3fu);
    }
    if (length > 1 && code < least[length]) return false;
    if (code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) return false;
    i += length;
  }
  return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n) {
  orch_bytes out = { 0 };
  bool repaired = orch_utf8_repair((const char *)data, n, &out);
  CHECK(repaired == !is_valid(data, n));
  if (repaired) {
    CHECK(is_valid((const uint8_t *)out.data, out.size));
    CHECK(out.size <= n * 3);
  }
  orch_bytes_free(&out);
  return 0;
}
