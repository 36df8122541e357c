#include "agent/link/bounded_result.h"

#include <algorithm>
#include <string>

#include "common/utf8.h"

namespace fleet::agent {

namespace {

constexpr int kMaxOutcomes = 500;
constexpr std::size_t kMaxText = 1024;

void Bound(std::string& text) {
  text = ToUtf8(text);
  if (text.size() <= kMaxText) return;
  // Escaping a character that was cut in two may add a few bytes.
  text = ToUtf8(std::string_view(text).substr(0, kMaxText - 16)) + "...";
}

}  // namespace

v1::CommandResult BoundedResult(v1::CommandResult result) {
  auto& outcomes = *result.mutable_outcomes();
  result.set_total_outcomes(std::max(result.total_outcomes(), outcomes.size()));
  if (outcomes.size() > kMaxOutcomes) outcomes.DeleteSubrange(kMaxOutcomes, outcomes.size() - kMaxOutcomes);
  Bound(*result.mutable_summary());
  Bound(*result.mutable_reason());
  Bound(*result.mutable_journal_id());
  for (v1::RepairOutcome& outcome : outcomes) {
    Bound(*outcome.mutable_repair());
    Bound(*outcome.mutable_subject_id());
    Bound(*outcome.mutable_outcome());
    Bound(*outcome.mutable_reason());
  }
  return result;
}

}  // namespace fleet::agent
