#include "tests/fault/faults.h"

#include <exception>

#include "common/status.h"
#include "tests/fault/victims.h"

namespace fleet {

namespace {

std::vector<Fault> MakeFaults() {
  std::vector<Fault> faults;
  AddStorageFaults(faults);
  AddLitterFaults(faults);
  AddDocumentFaults(faults);
  AddSessionFaults(faults);
  AddMessageFaults(faults);
  AddSubsessionFaults(faults);
  AddConfigFaults(faults);
  AddLogFaults(faults);
  AddPermissionFaults(faults);
  AddBackupFaults(faults);
  AddServerFaults(faults);
  return faults;
}

}  // namespace

std::vector<FaultDescription> AllFaults() {
  std::vector<FaultDescription> descriptions;
  for (const Fault& fault : MakeFaults()) descriptions.push_back(fault.description);
  return descriptions;
}

absl::StatusOr<Injected> InjectFault(const std::string& home, std::string_view name, unsigned seed) {
  for (const Fault& fault : MakeFaults()) {
    if (fault.description.name != name) continue;
    try {
      Victims victims(home, seed);
      ASSIGN_OR_RETURN(Injected injected, fault.inject(victims));
      injected.name = fault.description.name;
      return injected;
    } catch (const std::exception& error) {
      return Internal("cannot inject " + std::string(name) + " into " + home + ": " + error.what());
    }
  }
  return NotFound("no fault \"" + std::string(name) + "\"; --list names them");
}

}  // namespace fleet
