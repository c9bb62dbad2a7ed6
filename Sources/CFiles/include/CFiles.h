// Calls to the system that files need and Swift cannot make.
#pragma once

// Exchanges the names of two files or folders in one step. Returns 0, or -1 with errno set: to ENOSYS where the system has no such
// call, mostly to EINVAL where the file system cannot.
int rz_exchange_names(const char *one, const char *other);

// Opens an empty file without a name, which lies in memory where the system can do that. Returns its descriptor, or -1 with errno set.
int rz_nameless_file(void);
