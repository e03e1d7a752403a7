/* utf8.c - text that may not be UTF-8, made so. */
#include "orch.h"

#include <string.h>

/* The length of the well-formed character at s, 0 when there is none; *bad is then how
 * many bytes one U+FFFD stands for. */
static size_t character(const unsigned char *s, size_t n, size_t *bad) {
  unsigned char low = 0x80, high = 0xbf;
  size_t length;
  *bad = 1;
  if (s[0] < 0x80) return 1;
  if (s[0] >= 0xc2 && s[0] <= 0xdf) length = 2;
  else if ((s[0] & 0xf0) == 0xe0) length = 3;
  else if (s[0] >= 0xf0 && s[0] <= 0xf4) length = 4;
  else return 0;
  if (s[0] == 0xe0) low = 0xa0;  /* overlong */
  if (s[0] == 0xed) high = 0x9f; /* surrogates */
  if (s[0] == 0xf0) low = 0x90;  /* overlong */
  if (s[0] == 0xf4) high = 0x8f; /* above U+10FFFF */
  for (size_t i = 1; i < length; i++, low = 0x80, high = 0xbf) {
    *bad = i;
    if (i >= n || s[i] < low || s[i] > high) return 0;
  }
  return length;
}

static size_t valid_prefix(const unsigned char *s, size_t n) {
  size_t i = 0, bad, length;
  while (i < n && (length = character(s + i, n - i, &bad)) > 0) i += length;
  return i;
}

bool orch_utf8_repair(const char *text, size_t n, orch_bytes *out) {
  const unsigned char *s = (const unsigned char *)text;
  size_t i = valid_prefix(s, n), bad;
  if (i == n || orch_bytes_reserve(out, i + (n - i) * 3) < 0) return false;
  memcpy(out->data, text, i);
  out->size = i;
  while (i < n) {
    size_t length = character(s + i, n - i, &bad);
    memcpy(out->data + out->size, length > 0 ? text + i : "\xef\xbf\xbd",
           length > 0 ? length : 3);
    out->size += length > 0 ? length : 3;
    i += length > 0 ? length : bad;
  }
  return true;
}
