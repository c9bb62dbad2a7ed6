// libcurl through its binary interface, which has been the same since version 7.16 (2006): the numbers below are those of its
// curl.h, and no header of it is needed to build.

#include "CTransfer.h"

#include <dlfcn.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

enum {
  OPTION_WRITE_DATA = 10001,
  OPTION_URL = 10002,
  OPTION_PROXY = 10004,
  OPTION_ERROR_BUFFER = 10010,
  OPTION_USER_AGENT = 10018,
  OPTION_HTTP_HEADER = 10023,
  OPTION_HEADER_DATA = 10029,
  OPTION_CA_FILE = 10065,
  OPTION_PROGRESS_DATA = 10057,
  OPTION_WRITE_FUNCTION = 20011,
  OPTION_HEADER_FUNCTION = 20079,
  OPTION_PROGRESS_FUNCTION = 20219,
  OPTION_NO_PROGRESS = 43,
  OPTION_FOLLOW_LOCATION = 52,
  OPTION_MAX_REDIRECTS = 68,
  OPTION_CONNECT_SECONDS = 78,
  OPTION_NO_SIGNAL = 99,
  OPTION_PROTOCOLS = 181,
  OPTION_REDIRECT_PROTOCOLS = 182,
  OPTION_SUPPRESS_CONNECT_HEADERS = 265,
};

// The bytes of all heads of a request: ten redirects with what servers usually take, eight KiB, and as much again.
enum { HEAD_LIMIT = 160 << 10 };

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
  rz_transfer_patience patience;
  size_t head_bytes;
  uint64_t body_bytes;
  // The time at which the request or the present window began, in seconds, and what had come then.
  int64_t begin;
  uint64_t bytes_at_begin;
  bool head_is_long, is_slow;
} receiver;

static int64_t now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec;
}

static void begin_window(receiver *to) {
  to->begin = now();
  to->bytes_at_begin = to->body_bytes;
}

// Taking less than was given makes libcurl stop.
static size_t take_header(char *bytes, size_t size, size_t count, void *data) {
  receiver *to = data;
  to->head_bytes += size * count;
  if (to->head_bytes > HEAD_LIMIT) {
    to->head_is_long = true;
    return 0;
  }
  to->header(to->context, bytes, size * count);
  return size * count;
}

static size_t take_body(char *bytes, size_t size, size_t count, void *data) {
  receiver *to = data;
  if (to->body_bytes == 0) begin_window(to);
  to->body_bytes += size * count;
  return to->receive(to->context, (const uint8_t *)bytes, size * count) ? size * count : 0;
}

// libcurl calls it about once a second, whatever comes. Anything but 0 makes it stop.
static int watch(void *data, int64_t total, int64_t done, int64_t upload_total, int64_t uploaded) {
  (void)total, (void)done, (void)upload_total, (void)uploaded;
  receiver *to = data;
  const bool has_begun = to->body_bytes > 0;
  if (now() - to->begin < (has_begun ? to->patience.window_seconds : to->patience.first_seconds)) return 0;
  to->is_slow = !has_begun || to->body_bytes - to->bytes_at_begin < to->patience.window_bytes;
  begin_window(to);
  return to->is_slow;
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
    unsigned flags, rz_transfer_patience patience, void *context, void (*header)(void *context, const char *line, size_t count),
    bool (*receive)(void *context, const uint8_t *bytes, size_t count), rz_transfer_report *report) {
  memset(report, 0, sizeof *report);
  pthread_once(&once, load);
  if (!curl.is_loaded) return RZ_TRANSFER_NO_LIBRARY;
  receiver to = {.context = context, .header = header, .receive = receive, .patience = patience};
  begin_window(&to);
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
    curl.easy_setopt(handle, OPTION_NO_PROGRESS, 0L);
    curl.easy_setopt(handle, OPTION_PROGRESS_FUNCTION, watch);
    curl.easy_setopt(handle, OPTION_PROGRESS_DATA, &to);
    if (flags & RZ_TRANSFER_IS_DIRECT) curl.easy_setopt(handle, OPTION_PROXY, "");
    if (ca_file != NULL) curl.easy_setopt(handle, OPTION_CA_FILE, ca_file);
    curl.easy_setopt(handle, OPTION_HEADER_FUNCTION, take_header);
    curl.easy_setopt(handle, OPTION_HEADER_DATA, &to);
    curl.easy_setopt(handle, OPTION_WRITE_FUNCTION, take_body);
    curl.easy_setopt(handle, OPTION_WRITE_DATA, &to);
    int code = curl.easy_perform(handle);
    if (code != 0 && report->message[0] == 0)
      snprintf(report->message, sizeof report->message, "%s", curl.easy_strerror(code));
    // A line that does not end takes libcurl's memory for lines, 100 KiB, before any is given on.
    const bool line_is_long = (code == 27 || code == 100) && to.body_bytes == 0;
    // Answers of no HTTP, or of another version, have the code of addresses with another protocol, which is named in small letters.
    const bool is_no_http = code == 1 && strstr(report->message, "HTTP") != NULL;
    result = to.head_is_long || line_is_long ? RZ_TRANSFER_LONG_HEAD
             : to.is_slow                    ? RZ_TRANSFER_SLOW
             : is_no_http                    ? RZ_TRANSFER_NOT_HTTP
                                             : result_of(code);
  } else {
    snprintf(report->message, sizeof report->message, "not enough memory");
  }
  curl.slist_free_all(headers);
  if (handle != NULL) curl.easy_cleanup(handle);
  return result;
}
