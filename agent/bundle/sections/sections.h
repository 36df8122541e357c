#pragma once

#include "agent/bundle/bundle.h"

namespace fleet::agent {

// The parts of a bundle, one function each; the table is in sections.cc. Each adds its files and its part of the
// report, with everything through the redactor that dgmo or the product did not name itself. They block, within limits.

void AddIssue(const BundleInput& input, Redactor& redactor, Bundle& bundle);      // issue.md
void AddSystem(const BundleInput& input, Redactor& redactor, Bundle& bundle);     // system.json
void AddDisks(const BundleInput& input, Redactor& redactor, Bundle& bundle);      // disks.json
void AddMemory(const BundleInput& input, Redactor& redactor, Bundle& bundle);     // memory.json
void AddProcesses(const BundleInput& input, Redactor& redactor, Bundle& bundle);  // processes.json
void AddVersions(const BundleInput& input, Redactor& redactor, Bundle& bundle);   // versions.json
void AddRoots(const BundleInput& input, Redactor& redactor, Bundle& bundle);      // roots.json
void AddBackups(const BundleInput& input, Redactor& redactor, Bundle& bundle);    // backups.json
void AddRepairs(const BundleInput& input, Redactor& redactor, Bundle& bundle);    // repairs.json
void AddConfigs(const BundleInput& input, Redactor& redactor, Bundle& bundle);    // config/N.json
void AddQdrant(const BundleInput& input, Redactor& redactor, Bundle& bundle);     // qdrant.json
void AddLogs(const BundleInput& input, Redactor& redactor, Bundle& bundle);       // logs/N.txt

}  // namespace fleet::agent
