#include <nlohmann/json.hpp>

#include "agent/bundle/sections/sections.h"
#include "common/terminal.h"

namespace fleet::agent {

// The root map: which data roots there are, how full each is, and which one dgmo works on now.
void AddRoots(const BundleInput& input, Redactor& redactor, Bundle& bundle) {
  nlohmann::ordered_json json = nlohmann::ordered_json::array();
  Table table({"KIND", "PATH", "LIVE", "SESSIONS", "MESSAGES", "SUB-SESSIONS", "DAMAGED", "UNREADABLE"});
  const auto add = [&](const Root& root, const RootModel* model) {
    std::int64_t messages = 0;
    if (model != nullptr) {
      for (const auto& [id, conversation] : model->conversations) messages += conversation.messages;
    }
    nlohmann::ordered_json each{{"kind", RootKindText(root.kind)}, {"path", redactor.Path(root.path)}};
    if (model != nullptr) {
      each.update({{"live", model->live},
                   {"sessions", model->sessions.size()},
                   {"messages", messages},
                   {"sub_sessions", model->records.size()},
                   {"indexes", model->indexes.size()},
                   {"damaged", model->damaged.size()},
                   {"strays", model->strays.size()},
                   {"unreadable", model->unreadable.size()},
                   {"files", model->stats.files},
                   {"bytes", model->stats.bytes}});
      table.Add({std::string(RootKindText(root.kind)), redactor.Path(root.path), model->live ? "yes" : "",
                 std::to_string(model->sessions.size()), std::to_string(messages),
                 std::to_string(model->records.size()), std::to_string(model->damaged.size()),
                 std::to_string(model->unreadable.size())});
    }
    json.push_back(std::move(each));
  };
  for (const HomeModel& home : input.homes) {
    for (const RootModel& root : home.roots) add(root.root, &root);
    for (const Root& root : home.foreign) add(root, nullptr);
  }
  bundle.Add("roots.json", json.dump(2) + "\n");
  bundle.Report("Data roots", json.empty() ? "none\n" : table.Text());
}

}  // namespace fleet::agent
