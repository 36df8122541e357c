// What the agent says of stores that the real programs wrote, held against a plain re-statement of the rules: nothing
// but what is truly there, and all of it.

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "tests/e2e/fleet_fixture.h"
#include "tests/support/stores.h"
#include "tests/support/tree.h"

namespace fleet {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;
using Documents = std::map<std::string, Json>;

// The library refuses half a surrogate pair, which dgmo's cut summaries hold; texts do not matter here.
Json ParsePlainly(std::string text) {
  for (std::size_t at = 0; (at = text.find("\\ud", at)) != std::string::npos; ++at) text[at + 2] = '0';
  return Json::parse(text, nullptr, false);
}

Documents Load(const fs::path& folder) {
  Documents documents;
  if (!fs::is_directory(folder)) return documents;
  for (const auto& entry : fs::directory_iterator(folder)) {
    documents[entry.path().stem().string()] = ParsePlainly(ReadFile(entry.path().string()));
  }
  return documents;
}

struct PlainRoot {
  Documents infos, records, indexes;
  std::set<std::string> conversations;
};

PlainRoot LoadRoot(const fs::path& session) {
  PlainRoot root{Load(session / "info"), Load(session / "sub-sessions"), Load(session / "sub-session-index"), {}};
  if (fs::is_directory(session / "message")) {
    for (const auto& entry : fs::directory_iterator(session / "message")) {
      if (!fs::is_empty(entry.path())) root.conversations.insert(entry.path().filename().string());
    }
  }
  return root;
}

bool Lists(const PlainRoot& root, const std::string& parent, const std::string& child) {
  const auto index = root.indexes.find(parent);
  if (index == root.indexes.end()) return false;
  return std::find(index->second.begin(), index->second.end(), Json(child)) != index->second.end();
}

// The relations of the catalogue, said once more and without any of the agent's code.
std::set<std::string> ExpectedOf(const PlainRoot& root) {
  std::set<std::string> expected;
  const auto alive = [&](const std::string& id) { return root.infos.count(id) + root.conversations.count(id) > 0; };
  for (const auto& [id, info] : root.infos) {
    const std::string parent = info.value("parentID", "");
    if (!parent.empty() && root.records.count(id) == 0) expected.insert("CHILD_SESSION_UNTRACKED " + id);
    if (!parent.empty() && root.infos.count(parent) == 0) expected.insert("SESSION_PARENT_MISSING " + id);
    const std::string title = info.value("title", "");
    const bool fresh = title.rfind("New Session - ", 0) == 0 || title.rfind("Child session - ", 0) == 0;
    if (!fresh && root.conversations.count(id) == 0) expected.insert("SESSION_MESSAGES_LOST " + id);
  }
  for (const auto& [id, record] : root.records) {
    const std::string parent = record.value("parentSessionId", "");
    if (!alive(id) && !alive(parent)) {
      expected.insert("DELETED_RESIDUE " + parent);
    } else if (!alive(id)) {
      expected.insert("DELETED_RESIDUE " + id);
    } else if (!Lists(root, parent, id)) {
      expected.insert(
          (root.indexes.count(parent) > 0 ? "INDEX_MISSING_ENTRY " + id : "SUBSESSION_INDEX_MISSING " + parent));
    }
  }
  for (const std::string& id : root.conversations) {
    if (root.infos.count(id) == 0) expected.insert("SESSION_FILE_MISSING " + id);
  }
  return expected;
}

class RealStores : public FleetTest {};

TEST_F(RealStores, UntouchedOnesShowNothingButWhatIsTrulyThere) {
  const std::vector<std::string> archives = RealStoreArchives();
  if (archives.empty()) GTEST_SKIP() << "DGMO_TEST_STORES is not set: no stores of the real programs to look at";
  for (const std::string& archive : archives) {
    Workstation& workstation = AddWorkstation(fs::path(archive).stem().string());
    ASSERT_TRUE(UnpackStore(archive, workstation.home)) << archive;
    const std::string before = TreeText(workstation.home);
    const Finished checked = Agent(workstation, {"check", "--json"});
    EXPECT_EQ(TreeText(workstation.home), before) << "looking must change nothing";
    const Json report = Json::parse(checked.out, nullptr, false);
    ASSERT_TRUE(report.is_object()) << checked.out << checked.err;
    std::map<std::string, std::set<std::string>> found;
    for (const Json& finding : report["findings"]) {
      const auto code = finding["code"].get<std::string>();
      if (code == "LAYOUT_SPLIT") continue;  // by definition: more than one of the roots holds sessions
      found[finding["root"].get<std::string>()].insert(
          code + " " + (finding["subject_id"].is_string() ? finding["subject_id"].get<std::string>() : ""));
      std::printf("%s: %s\n", workstation.name.c_str(), finding.dump().c_str());
    }
    for (const Json& root : report["roots"]) {
      const auto path = root["path"].get<std::string>();
      EXPECT_EQ(found[path], ExpectedOf(LoadRoot(path + "/storage/session"))) << path;
    }
  }
}

}  // namespace
}  // namespace fleet
