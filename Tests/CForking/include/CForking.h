// Swift cannot call fork.
#pragma once

// Runs `body` in a forked child and returns the exit status that it returned, or 128 plus the number of the signal that ended the
// child, or -1 when there was no child. A child that takes more than `seconds` is ended.
int rz_status_of_child(int (*_Nonnull body)(void *_Nullable), void *_Nullable context, unsigned seconds);
