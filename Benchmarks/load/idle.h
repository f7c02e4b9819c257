#ifndef IDLE_H
#define IDLE_H

#include "options.h"

/// Opens the connections, prints that they are open, holds them until standard input ends, and prints how many the
/// server still held then.
void hold_idle(const struct Options *options);

#endif
