// Streams of RFC 1951 without matches, as Huffman coding alone makes them. Where a general decoder takes one symbol at a time, a table
// gives as many literals as index_bits bits hold. Whatever is not such a stream is left to a general decoder.
#include "CCodec.h"
#include <string.h>

enum { index_bits = 10, longest = 15, symbol_count = 288, end_of_block = 256, literals_most = 6 };
// One round of the fast loop: lookups between two refills, and the room that their eight-byte stores need.
enum { round_lookups = 5, round_room = literals_most * (round_lookups - 1) + 8 };

typedef struct {
  const uint8_t *next, *end;
  uint64_t bits;   // the next bits, lowest first; those above `count` may be set already
  unsigned count;  // how many of them were taken from the input
} reader;

static inline uint64_t load64(const uint8_t *bytes) {
  uint64_t value;
  memcpy(&value, bytes, sizeof value);
  return value;
}

// At least 56 bits, or all that are left.
static inline void refill(reader *r) {
  if (r->end - r->next >= 8) {
    r->bits |= load64(r->next) << r->count;
    r->next += (63 - r->count) >> 3;
    r->count |= 56;
    return;
  }
  for (; r->count < 56 && r->next < r->end; r->count += 8) r->bits |= (uint64_t)*r->next++ << r->count;
}

// The next `n` bits as a number, or -1 when there are fewer.
static int take(reader *r, unsigned n) {
  if (r->count < n) refill(r);
  if (r->count < n) return -1;
  int value = (int)(r->bits & ((1u << n) - 1));
  r->bits >>= n;
  r->count -= n;
  return value;
}

// A canonical Huffman code: how many codes each length has, and the symbols in the order of their codes.
typedef struct {
  uint16_t count[longest + 1];
  uint16_t symbol[symbol_count];
} code;

// Fails for a code that is not complete: RFC 1951 allows few of those, and encoders make none here.
static int make_code(code *c, const uint8_t *lengths, int n) {
  memset(c->count, 0, sizeof c->count);
  for (int i = 0; i < n; i++) c->count[lengths[i]]++;
  c->count[0] = 0;
  unsigned space = 0;
  uint16_t place[longest + 2] = {0};
  for (int l = 1; l <= longest; l++) {
    space += (unsigned)c->count[l] << (longest - l);
    place[l + 1] = (uint16_t)(place[l] + c->count[l]);
  }
  if (space != 1u << longest) return 0;
  for (int i = 0; i < n; i++) {
    if (lengths[i] != 0) c->symbol[place[lengths[i]]++] = (uint16_t)i;
  }
  return 1;
}

// The next symbol, bit by bit, or -1 when the input ends.
static int decode_symbol(reader *r, const code *c) {
  if (r->count < longest) refill(r);
  int value = 0, first = 0, index = 0;
  for (unsigned l = 1; l <= longest && l <= r->count; l++) {
    value |= (int)(r->bits >> (l - 1) & 1);
    int n = c->count[l];
    if (value - first < n) {
      r->bits >>= l;
      r->count -= l;
      return c->symbol[index + value - first];
    }
    index += n;
    first = (first + n) << 1;
    value <<= 1;
  }
  return -1;
}

// The code lengths of a dynamic block, RFC 1951 §3.2.7, as a code of literals. Fails for a block that has matches.
static int read_code(reader *r, code *literals) {
  static const uint8_t order[19] = {16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15};
  int literal_count = take(r, 5), distance_count = take(r, 5), count = take(r, 4);
  if (literal_count < 0 || literal_count > 29 || distance_count < 0 || distance_count > 29 || count < 0) return 0;
  literal_count += 257;
  distance_count += 1;
  uint8_t short_lengths[19] = {0};
  for (int i = 0; i < count + 4; i++) {
    int length = take(r, 3);
    if (length < 0) return 0;
    short_lengths[order[i]] = (uint8_t)length;
  }
  code lengths_code;
  if (!make_code(&lengths_code, short_lengths, 19)) return 0;
  uint8_t lengths[286 + 30];
  int total = literal_count + distance_count;
  for (int i = 0; i < total;) {
    int symbol = decode_symbol(r, &lengths_code);
    if (symbol < 0) return 0;
    if (symbol < 16) {
      lengths[i++] = (uint8_t)symbol;
      continue;
    }
    if (symbol == 16 && i == 0) return 0;
    int more = take(r, symbol == 16 ? 2 : symbol == 17 ? 3 : 7);
    int repeats = more + (symbol == 18 ? 11 : 3);
    if (more < 0 || repeats > total - i) return 0;
    memset(lengths + i, symbol == 16 ? lengths[i - 1] : 0, (size_t)repeats);
    i += repeats;
  }
  if (lengths[end_of_block] == 0) return 0;
  for (int i = end_of_block + 1; i < literal_count; i++) {
    if (lengths[i] != 0) return 0;
  }
  code distances;
  return make_code(&distances, lengths + literal_count, distance_count) && make_code(literals, lengths, literal_count);
}

// The code of RFC 1951 §3.2.6.
static void fixed_code(code *literals) {
  uint8_t lengths[symbol_count];
  memset(lengths, 8, sizeof lengths);
  memset(lengths + 144, 9, 112);
  memset(lengths + 256, 7, 24);
  make_code(literals, lengths, symbol_count);
}

// For each value of the next index_bits bits: up to six whole literals in bytes 0…5, the bits that they take in byte 6, their number
// in byte 7. Zero where the first symbol is longer or no literal.
static void make_table(const code *c, uint64_t *table) {
  uint16_t single[1 << index_bits] = {0};  // the first literal, and above it its length
  unsigned value = 0, index = 0;
  for (unsigned l = 1; l <= index_bits; l++, value <<= 1) {
    for (unsigned n = c->count[l]; n > 0; n--, value++, index++) {
      if (c->symbol[index] >= end_of_block) continue;
      unsigned reversed = 0;
      for (unsigned i = 0; i < l; i++) reversed |= (value >> i & 1) << (l - 1 - i);
      for (unsigned i = reversed; i < 1u << index_bits; i += 1u << l) single[i] = (uint16_t)(l << 8 | c->symbol[index]);
    }
  }
  for (unsigned i = 0; i < 1u << index_bits; i++) {
    uint64_t literals = 0;
    unsigned bits = 0, n = 0;
    for (; n < literals_most; n++) {
      unsigned next = single[i >> bits], length = next >> 8;
      if (length == 0 || bits + length > index_bits) break;
      literals |= (uint64_t)(next & 255) << 8 * n;
      bits += length;
    }
    table[i] = literals | (uint64_t)bits << 48 | (uint64_t)n << 56;
  }
}

// Appends literals while a whole round fits the input and the output, and until one has to be decoded bit by bit.
static uint8_t *decode_rounds(reader *r, const uint64_t *table, uint8_t *out, const uint8_t *out_end) {
  uint64_t entry = 1ull << 56;
  while (r->end - r->next >= 8 && out_end - out >= round_room && entry >> 56 != 0) {
    refill(r);
    for (int i = 0; i < round_lookups; i++) {
      entry = table[r->bits & ((1u << index_bits) - 1)];
      memcpy(out, &entry, sizeof entry);
      out += entry >> 56;
      r->bits >>= entry >> 48 & 255;
      r->count -= entry >> 48 & 255;
    }
  }
  return out;
}

int rz_inflate_literals(const uint8_t *source, size_t source_count, uint8_t *target, size_t target_count) {
  reader r = {source, source + source_count, 0, 0};
  uint8_t *out = target;
  const uint8_t *out_end = target + target_count;
  uint64_t table[1 << index_bits];
  int head;
  do {
    head = take(&r, 3);
    if (head < 0) return 0;
    code literals;
    // A fixed code or a short rest is not worth a table.
    int has_table = head >> 1 == 2 && out_end - out >= 1 << index_bits;
    if (head >> 1 == 2) {
      if (!read_code(&r, &literals)) return 0;
    } else if (head >> 1 == 1) {
      fixed_code(&literals);
    } else {
      return 0;
    }
    if (has_table) make_table(&literals, table);
    for (;;) {
      if (has_table) out = decode_rounds(&r, table, out, out_end);
      int symbol = decode_symbol(&r, &literals);
      if (symbol == end_of_block) break;
      if (symbol < 0 || symbol > end_of_block || out == out_end) return 0;
      *out++ = (uint8_t)symbol;
    }
  } while ((head & 1) == 0);
  return out == out_end && r.next == r.end && r.count < 8;
}
