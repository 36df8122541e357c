#include "agent/bundle/sections/sections.h"

namespace fleet::agent {

namespace {

// In the order of the report.
constexpr Section kSections[] = {
    {"issue", AddIssue},         {"system", AddSystem},     {"disks", AddDisks},   {"memory", AddMemory},
    {"processes", AddProcesses}, {"versions", AddVersions}, {"roots", AddRoots},   {"backups", AddBackups},
    {"repairs", AddRepairs},     {"config", AddConfigs},    {"qdrant", AddQdrant}, {"logs", AddLogs},
};

}  // namespace

void AddSections(const BundleInput& input, Redactor& redactor, Bundle& bundle) {
  for (const Section& section : kSections) section.add(input, redactor, bundle);
}

}  // namespace fleet::agent
