#pragma once

#include <absl/status/statusor.h>

#include <string>
#include <vector>

#include "dgmo/fleet/v1/dispatch.pb.h"

namespace fleet::coordinator {

namespace v1 = ::dgmo::fleet::v1;

// The options that say what to do and on which machines, as typed.
struct DispatchFlags {
  std::vector<std::string> repairs;  // empty: all that need no consent
  std::vector<std::string> codes;
  std::string session;
  std::vector<std::string> consent;
  bool check = false;
  std::string undo;  // journal id

  std::vector<std::string> agents;  // ids or host names
  std::vector<std::string> with_codes;
  std::vector<std::string> health;
  bool all = false;
};

// InvalidArgument when two kinds of action are mixed or a repair is not named like one.
absl::StatusOr<v1::Action> ActionOf(const DispatchFlags& flags);

// InvalidArgument when nothing selects, or when --all is given with something that narrows it. The coordinator looks
// host names up.
absl::StatusOr<v1::Selector> SelectorOf(const DispatchFlags& flags);

}  // namespace fleet::coordinator
