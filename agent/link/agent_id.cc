#include "agent/link/agent_id.h"

#include <algorithm>

#include "common/random_id.h"
#include "common/status.h"

namespace fleet::agent {

namespace {

constexpr char kName[] = "agent_id";
constexpr std::string_view kPrefix = "agt_";

bool IsAgentId(std::string_view text) {
  if (text.size() != kPrefix.size() + 20 || !text.starts_with(kPrefix)) return false;
  return text.find_first_not_of("0123456789abcdef", kPrefix.size()) == std::string_view::npos;
}

}  // namespace

absl::StatusOr<std::string> AgentId(StateDirectory& folder) {
  absl::StatusOr<std::string> text = folder.Read(kName);
  if (text.ok()) {
    if (!text->empty() && text->back() == '\n') text->pop_back();
    if (IsAgentId(*text)) return text;
    return DataLoss(folder.path() + "/" + kName +
                    " holds no agent id; put back the old one, or remove the file to appear as a new machine");
  }
  if (text.status().code() != absl::StatusCode::kNotFound) return text.status();
  const std::string id = RandomId("agt");
  RETURN_IF_ERROR(folder.Replace(kName, id + "\n"));
  return id;
}

}  // namespace fleet::agent
