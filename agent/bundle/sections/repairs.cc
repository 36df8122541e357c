#include <nlohmann/json.hpp>

#include "agent/bundle/sections/sections.h"
#include "agent/repair/journal.h"
#include "common/status.h"
#include "common/terminal.h"
#include "common/time_text.h"

namespace fleet::agent {

namespace {

constexpr std::size_t kMostJournals = 200;  // the newest

}  // namespace

// The ids of the repair runs, when, and how far each came; `dgmo-agent journal show ID` tells their owner more.
void AddRepairs(const BundleInput& input, Redactor& redactor, Bundle& bundle) {
  absl::StatusOr<std::vector<std::string>> ids = Journal::Ids(input.state);
  if (!ids.ok()) return bundle.Problem("the journals of repairs cannot be listed");
  if (ids->size() > kMostJournals) ids->erase(ids->begin(), ids->end() - kMostJournals);
  nlohmann::ordered_json json = nlohmann::ordered_json::array();
  Table table({"JOURNAL", "CREATED", "STAGE"});
  for (const std::string& id : *ids) {
    const absl::StatusOr<Journal> journal = Journal::Load(input.state, id);
    const std::string stage = journal.ok() ? std::string(StageText(journal->Stage())) : "unusable";
    const std::string created = journal.ok() ? TimeText(journal->created_ms()) : "";
    const std::string shown = journal.ok() ? redactor.Text(id) : redactor.Name(id);
    json.push_back({{"id", shown}, {"created", created}, {"stage", stage}});
    table.Add({shown, created, stage});
  }
  bundle.Add("repairs.json", json.dump(2) + "\n");
  bundle.Report("Repair journals", json.empty() ? "none\n" : table.Text());
}

}  // namespace fleet::agent
