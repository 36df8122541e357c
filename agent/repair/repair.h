#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <variant>
#include <vector>

#include "agent/checks/home_model.h"
#include "agent/repair/plan.h"
#include "agent/repair/planned_root.h"
#include "common/finding.h"

namespace fleet::agent {

// What a repair answers for one finding: the changes that cure it, or why there are none.
struct Cure {
  std::vector<Change> changes;
  std::string note;
};
using Answer = std::variant<Cure, Refusal>;

// One kind of repair (catalogue: "Repairs"). Pure planning: it looks at the planned root and says what it would do; the
// engine does it, in the order of the table, with backup, verification and undo. One file each in repairs/.
struct Repair {
  std::string_view id;
  bool needs_consent = false;            // opt-in: only with --consent or an admin's word
  bool while_live = false;               // may run while dgmo works on the root
  bool while_live_with_consent = false;  // the same, if consented
  bool needs_backups = false;            // looks at what backups hold
  bool in_home = false;                  // also cures what is wrong in a home outside the roots
  bool mends_owner = false;              // may work on what root has taken from its owner
  // Subjects of one root are planned one after the other. `home` holds the root as it was read, for relations to
  // other roots. Answers nothing to do with an empty Cure (an earlier plan cured it already).
  Answer (*plan)(const PlannedRoot& root, const HomeModel& home, const Finding& finding);
};

// Which rights are given: only what is missing and away with what is dangerous, or those of the guide everywhere.
enum class PermissionPolicy : std::uint8_t { kMinimal, kGuide };

// In the order they are planned and applied: what makes others possible comes first.
std::span<const Repair* const> AllRepairs(PermissionPolicy policy = PermissionPolicy::kMinimal);
const Repair* FindRepair(std::string_view id);

}  // namespace fleet::agent
