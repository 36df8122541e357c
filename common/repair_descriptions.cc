#include "common/rule_catalogue.h"

namespace fleet {

namespace {

constexpr RepairDescription kRepairs[] = {
    {"R-DIRS", "Makes the folders that a data root must have and lacks; creates nothing else.", false},
    {"R-TMP",
     "Puts a complete temporary file that a killed program left in the place it was written for when it is the newer "
     "truth, and moves every other one to quarantine.",
     false},
    {"R-FILE-RECOVER",
     "Replaces a damaged document by a valid temporary copy, by itself without trailing zero bytes, or by what its "
     "class allows to be rebuilt; failing all that, moves it to quarantine so that the rest can be listed again.",
     false},
    {"R-SESSION-RECOVER",
     "Writes the missing info file of a session anew from its messages, its sub-session record and the index that "
     "lists it.",
     false},
    {"R-SUBSESSION-SYNTH",
     "Writes the missing record of a sub-session from the child session and its messages, and lists it in its "
     "parent's index.",
     false},
    {"R-INDEX",
     "Rewrites the list of a session's sub-sessions from their records: order kept, duplicates and entries without "
     "a record dropped, missing ones added.",
     false},
    {"R-QUARANTINE",
     "Moves a file that has no business in the store into the agent's quarantine, where it stays and from where it "
     "can be put back.",
     false},
};

}  // namespace

std::span<const RepairDescription> AllRepairDescriptions() { return kRepairs; }

const RepairDescription* FindRepairDescription(std::string_view id) {
  for (const RepairDescription& repair : kRepairs) {
    if (repair.id == id) return &repair;
  }
  return nullptr;
}

std::string RepairRefusal(std::string_view repair) {
  if (repair.empty() || FindRepairDescription(repair) != nullptr) return "";
  return std::string(repair) + " is not part of this version";
}

}  // namespace fleet
