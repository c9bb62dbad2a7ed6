// libcurl through its binary interface, which has been the same since version 7.16 (2006): the numbers below are those of its
// curl.h, and no header of it is needed to build.

#include "CTransfer.h"

#include <dlfcn.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

enum {
  OPTION_WRITE_DATA = 10001,
  OPTION_URL = 10002,
  OPTION_PROXY = 10004,
  OPTION_ERROR_BUFFER = 10010,
  OPTION_USER_AGENT = 10018,
  OPTION_HTTP_HEADER = 10023,
  OPTION_HEADER_DATA = 10029,
  OPTION_CA_FILE = 10065,
  OPTION_WRITE_FUNCTION = 20011,
  OPTION_HEADER_FUNCTION = 20079,
  OPTION_LOW_SPEED_LIMIT = 19,
  OPTION_LOW_SPEED_SECONDS = 20,
  OPTION_FOLLOW_LOCATION = 52,
  OPTION_MAX_REDIRECTS = 68,
  OPTION_CONNECT_SECONDS = 78,
  OPTION_NO_SIGNAL = 99,
  OPTION_PROTOCOLS = 181,
  OPTION_REDIRECT_PROTOCOLS = 182,
  OPTION_SUPPRESS_CONNECT_HEADERS = 265,
};

enum { PROTOCOL_HTTP = 1, PROTOCOL_HTTPS = 2, GLOBAL_ALL = 3, MESSAGE_SIZE = 256 };

// The size that libcurl itself asks for the buffer of its messages.
_Static_assert(sizeof(((rz_transfer_report *)0)->message) == MESSAGE_SIZE, "the message buffer is libcurl's");

typedef struct list list;

static struct {
  bool is_loaded;
  int (*global_init)(long flags);
  void *(*easy_init)(void);
  void (*easy_cleanup)(void *handle);
  int (*easy_setopt)(void *handle, int option, ...);
  int (*easy_perform)(void *handle);
  const char *(*easy_strerror)(int code);
  list *(*slist_append)(list *list, const char *text);
  void (*slist_free_all)(list *list);
} curl;

static pthread_once_t once = PTHREAD_ONCE_INIT;

static void load(void) {
  static const char *const names[] = {
#ifdef __APPLE__
      "/usr/lib/libcurl.4.dylib",
#else
      "libcurl.so.4", "libcurl-gnutls.so.4",
#endif
  };
  void *library = NULL;
  for (size_t i = 0; library == NULL && i < sizeof names / sizeof *names; i++) library = dlopen(names[i], RTLD_NOW);
  if (library == NULL) return;
  *(void **)&curl.global_init = dlsym(library, "curl_global_init");
  *(void **)&curl.easy_init = dlsym(library, "curl_easy_init");
  *(void **)&curl.easy_cleanup = dlsym(library, "curl_easy_cleanup");
  *(void **)&curl.easy_setopt = dlsym(library, "curl_easy_setopt");
  *(void **)&curl.easy_perform = dlsym(library, "curl_easy_perform");
  *(void **)&curl.easy_strerror = dlsym(library, "curl_easy_strerror");
  *(void **)&curl.slist_append = dlsym(library, "curl_slist_append");
  *(void **)&curl.slist_free_all = dlsym(library, "curl_slist_free_all");
  curl.is_loaded = curl.global_init && curl.easy_init && curl.easy_cleanup && curl.easy_setopt && curl.easy_perform &&
                   curl.easy_strerror && curl.slist_append && curl.slist_free_all &&
                   curl.global_init(GLOBAL_ALL) == 0;
}

typedef struct {
  void *context;
  void (*header)(void *context, const char *line, size_t count);
  bool (*receive)(void *context, const uint8_t *bytes, size_t count);
} receiver;

static size_t take_header(char *bytes, size_t size, size_t count, void *data) {
  const receiver *to = data;
  to->header(to->context, bytes, size * count);
  return size * count;
}

// Taking less than was given makes libcurl stop.
static size_t take_body(char *bytes, size_t size, size_t count, void *data) {
  const receiver *to = data;
  return to->receive(to->context, (const uint8_t *)bytes, size * count) ? size * count : 0;
}

// Numbers are curl.h's CURLcode.
static int result_of(int code) {
  switch (code) {
  case 0: return RZ_TRANSFER_OK;
  case 1: case 3: return RZ_TRANSFER_BAD_ADDRESS;
  case 5: case 6: return RZ_TRANSFER_NO_HOST;
  case 7: case 97: return RZ_TRANSFER_NO_CONNECTION;
  case 8: return RZ_TRANSFER_NOT_HTTP;
  case 16: case 18: case 52: case 55: case 56: case 92: case 95: return RZ_TRANSFER_BROKEN_OFF;
  case 23: return RZ_TRANSFER_STOPPED;
  case 28: return RZ_TRANSFER_TIMEOUT;
  case 35: case 53: case 58: case 59: case 60: case 64: case 66: case 77: case 83: return RZ_TRANSFER_UNTRUSTED;
  case 47: return RZ_TRANSFER_REDIRECTS;
  default: return RZ_TRANSFER_OTHER;
  }
}

// Adds a line to a list that may be NULL. False without memory, and then the list is as it was.
static bool append(list **lines, const char *line) {
  list *longer = curl.slist_append(*lines, line);
  if (longer != NULL) *lines = longer;
  return longer != NULL;
}

// The headers that ask for the part of a file. False without memory.
static bool ask_for_part(list **headers, uint64_t first_byte, const char *if_range) {
  if (first_byte == 0) return true;
  char line[1200];
  snprintf(line, sizeof line, "Range: bytes=%" PRIu64 "-", first_byte);
  if (!append(headers, line)) return false;
  if (if_range == NULL) return true;
  snprintf(line, sizeof line, "If-Range: %s", if_range);
  return append(headers, line);
}

int rz_transfer(
    const char *address, const char *user_agent, uint64_t first_byte, const char *if_range, const char *ca_file,
    unsigned flags, void *context, void (*header)(void *context, const char *line, size_t count),
    bool (*receive)(void *context, const uint8_t *bytes, size_t count), rz_transfer_report *report) {
  memset(report, 0, sizeof *report);
  pthread_once(&once, load);
  if (!curl.is_loaded) return RZ_TRANSFER_NO_LIBRARY;
  receiver to = {context, header, receive};
  void *handle = curl.easy_init();
  list *headers = NULL;
  int result = RZ_TRANSFER_OTHER;
  if (handle != NULL && ask_for_part(&headers, first_byte, if_range)) {
    long protocols = flags & RZ_TRANSFER_ALLOWS_HTTP ? PROTOCOL_HTTP | PROTOCOL_HTTPS : PROTOCOL_HTTPS;
    curl.easy_setopt(handle, OPTION_ERROR_BUFFER, report->message);
    curl.easy_setopt(handle, OPTION_URL, address);
    curl.easy_setopt(handle, OPTION_USER_AGENT, user_agent);
    curl.easy_setopt(handle, OPTION_HTTP_HEADER, headers);
    curl.easy_setopt(handle, OPTION_PROTOCOLS, protocols);
    curl.easy_setopt(handle, OPTION_REDIRECT_PROTOCOLS, protocols);
    curl.easy_setopt(handle, OPTION_FOLLOW_LOCATION, 1L);
    curl.easy_setopt(handle, OPTION_MAX_REDIRECTS, 10L);
    curl.easy_setopt(handle, OPTION_SUPPRESS_CONNECT_HEADERS, 1L);
    curl.easy_setopt(handle, OPTION_NO_SIGNAL, 1L);
    curl.easy_setopt(handle, OPTION_CONNECT_SECONDS, 30L);
    // A server that sends nothing for a minute has gone.
    curl.easy_setopt(handle, OPTION_LOW_SPEED_LIMIT, 1L);
    curl.easy_setopt(handle, OPTION_LOW_SPEED_SECONDS, 60L);
    if (flags & RZ_TRANSFER_IS_DIRECT) curl.easy_setopt(handle, OPTION_PROXY, "");
    if (ca_file != NULL) curl.easy_setopt(handle, OPTION_CA_FILE, ca_file);
    curl.easy_setopt(handle, OPTION_HEADER_FUNCTION, take_header);
    curl.easy_setopt(handle, OPTION_HEADER_DATA, &to);
    curl.easy_setopt(handle, OPTION_WRITE_FUNCTION, take_body);
    curl.easy_setopt(handle, OPTION_WRITE_DATA, &to);
    int code = curl.easy_perform(handle);
    if (code != 0 && report->message[0] == 0)
      snprintf(report->message, sizeof report->message, "%s", curl.easy_strerror(code));
    result = result_of(code);
  } else {
    snprintf(report->message, sizeof report->message, "not enough memory");
  }
  curl.slist_free_all(headers);
  if (handle != NULL) curl.easy_cleanup(handle);
  return result;
}
