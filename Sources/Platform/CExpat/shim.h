#ifndef MACIE_BROKER_CEXPAT_SHIM_H
#define MACIE_BROKER_CEXPAT_SHIM_H

#include <expat.h>

#endif
