#pragma once

#include "agent/repair/service_repair.h"

namespace fleet::agent {

// The repairs of the machine and its services, one file each.
extern const ServiceRepair kDisk;
extern const ServiceRepair kFdLimit;
extern const ServiceRepair kLogRotate;
extern const ServiceRepair kPort;
extern const ServiceRepair kQdrantRestart;
extern const ServiceRepair kQdrantRecover;
extern const ServiceRepair kQdrantCreate;
extern const ServiceRepair kQdrantRevector;
extern const ServiceRepair kQdrantOptimize;

}  // namespace fleet::agent
