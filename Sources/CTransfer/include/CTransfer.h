// The C part of ModelZoo: libcurl behind one function. The library is opened when the first transfer starts, so that a
// program that transfers nothing neither loads it nor needs it.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum rz_transfer_result {
  RZ_TRANSFER_OK = 0,           // the answer came whole, whatever its status
  RZ_TRANSFER_NO_LIBRARY = 1,   // there is no libcurl
  RZ_TRANSFER_BAD_ADDRESS = 2,  // malformed, or a protocol that is not allowed here
  RZ_TRANSFER_NO_HOST = 3,      // the server's or the proxy's name has no address
  RZ_TRANSFER_NO_CONNECTION = 4,
  RZ_TRANSFER_TIMEOUT = 5,
  RZ_TRANSFER_UNTRUSTED = 6,    // TLS fails, or the certificate is not to be trusted
  RZ_TRANSFER_REDIRECTS = 7,    // more than ten in a row
  RZ_TRANSFER_BROKEN_OFF = 8,   // the connection ended before the answer did
  RZ_TRANSFER_STOPPED = 9,      // `receive` returned false
  RZ_TRANSFER_NOT_HTTP = 10,
  RZ_TRANSFER_OTHER = 11,
  RZ_TRANSFER_LONG_HEAD = 12,   // the heads of the answers, or a line of them, are longer than any server needs
  RZ_TRANSFER_SLOW = 13,        // the patience given is at its end
};

enum rz_transfer_flags {
  RZ_TRANSFER_ALLOWS_HTTP = 1,  // the address and what it redirects to may be unencrypted
  RZ_TRANSFER_IS_DIRECT = 2,    // through no proxy
};

// How slow a server may be. Bytes of heads and of redirects do not count.
typedef struct {
  unsigned first_seconds;   // until the first byte of the body
  unsigned window_seconds;  // from then on, in each such time, ...
  uint64_t window_bytes;    // ... so many bytes must come
} rz_transfer_patience;

typedef struct {
  char message[256];  // libcurl's words for what went wrong; empty without an error
} rz_transfer_report;

// Makes one GET request and returns a rz_transfer_result. Texts end in zero. Up to ten redirects are followed.
//   first_byte: where the wanted part of the file begins, 0 for the whole.   if_range: the value of that header, or NULL.
//   ca_file: certificates to trust instead of libcurl's own choice, or NULL.
//   patience: the least pace of the server.
//   header: gets each line of each answer's head, not terminated by zero.   receive: gets the body, says whether to go on.
// The callbacks run on the calling thread, before the function returns. May be called from any thread.
int rz_transfer(
    const char *address, const char *user_agent, uint64_t first_byte, const char *if_range, const char *ca_file,
    unsigned flags, rz_transfer_patience patience, void *context, void (*header)(void *context, const char *line, size_t count),
    bool (*receive)(void *context, const uint8_t *bytes, size_t count), rz_transfer_report *report);
