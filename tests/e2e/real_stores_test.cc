// What the agent says of stores that the real programs wrote, held against a plain re-statement of the rules: nothing
// but what is truly there, and all of it.

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
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
  Documents infos, records, indexes, shares;
  std::map<std::string, Documents> messages;  // by session
  std::set<std::string> conversations;        // those with messages
};
using PlainRoots = std::map<std::string, PlainRoot>;  // by path

PlainRoot LoadRoot(const fs::path& session) {
  PlainRoot root{Load(session / "info"),
                 Load(session / "sub-sessions"),
                 Load(session / "sub-session-index"),
                 Load(session / "share"),
                 {},
                 {}};
  if (fs::is_directory(session / "message")) {
    for (const auto& entry : fs::directory_iterator(session / "message")) {
      const std::string id = entry.path().filename().string();
      root.messages[id] = Load(entry.path());
      if (!root.messages[id].empty()) root.conversations.insert(id);
    }
  }
  return root;
}

bool Lists(const PlainRoot& root, const std::string& parent, const std::string& child) {
  const auto index = root.indexes.find(parent);
  if (index == root.indexes.end()) return false;
  return std::find(index->second.begin(), index->second.end(), Json(child)) != index->second.end();
}

// The time in an id, of which the low 36 bits are kept, as the number of the epoch that lies nearest to `near_ms`.
double EpochOf(const std::string& id, double near_ms) {
  const auto low = static_cast<double>(std::stoull(id.substr(4, 12), nullptr, 16) >> 12);
  return std::round((near_ms - low) / 68'719'476'736.0);
}

void ExpectOfMessages(const PlainRoot& root, std::set<std::string>& expected) {
  for (const auto& [session, messages] : root.messages) {
    std::set<double> epochs;
    for (const auto& [id, message] : messages) {
      const Json& metadata = message["metadata"];
      const double created = metadata["time"]["created"].get<double>();
      epochs.insert(EpochOf(id, created));
      const bool assistant = message["role"] == "assistant";
      const bool over = metadata["time"].contains("completed");
      const bool open = std::any_of(message["parts"].begin(), message["parts"].end(), [](const Json& part) {
        return part["type"] == "tool-invocation" && part["toolInvocation"]["state"] != "result";
      });
      if (assistant && !over) expected.insert("MESSAGE_INCOMPLETE " + id);
      if (open) expected.insert("MESSAGE_TOOL_UNRESOLVED " + id);
      if (message["id"] != id) expected.insert("MESSAGE_ID_MISMATCH " + id);
      if (metadata["sessionID"] != session) expected.insert("MESSAGE_SESSION_MISMATCH " + session);
      if (assistant != metadata.contains("assistant")) expected.insert("MESSAGE_ROLE_METADATA " + id);
    }
    if (epochs.size() > 1) expected.insert("MESSAGE_ID_EPOCH_WRAP " + session);
    if (messages.empty() && root.infos.count(session) == 0) expected.insert("MESSAGE_ORPHAN_DIR " + session);
  }
}

// Whether the message created last ended in an error.
bool EndsInError(const PlainRoot& root, const std::string& session) {
  const auto messages = root.messages.find(session);
  if (messages == root.messages.end() || messages->second.empty()) return false;
  const auto last =
      std::max_element(messages->second.begin(), messages->second.end(), [](const auto& a, const auto& b) {
        const auto created = [](const Json& message) {
          return message["metadata"]["time"]["created"].template get<double>();
        };
        return created(a.second) < created(b.second);
      });
  return last->second["metadata"].contains("error");
}

void ExpectOfStates(const PlainRoot& root, std::set<std::string>& expected) {
  for (const auto& [id, record] : root.records) {
    const std::string parent = record.value("parentSessionId", "");
    const bool gone = root.infos.count(id) + root.conversations.count(id) == 0;
    if (gone && root.infos.count(parent) + root.conversations.count(parent) == 0) continue;
    const std::string status = record.value("status", "");
    const bool over = status == "completed" || status == "failed";
    if (!over && status != "running" && status != "pending") expected.insert("SUBSESSION_STATUS_INVALID " + id);
    if (status == "running" || status == "pending") expected.insert("SUBSESSION_STALE_RUNNING " + id);
    const double created = record.value("createdAt", 0.0);
    const double started = record.value("startedAt", created);
    const bool has_end = record.contains("completedAt");
    if (started < created || (has_end && record.value("completedAt", 0.0) < started) ||
        (status == "completed" && !has_end)) {
      expected.insert("SUBSESSION_TIME_ORDER " + id);
    }
    if (status == "completed" && record.value("summary", "") == "No output" && EndsInError(root, id)) {
      expected.insert("SUBSESSION_HIDDEN_FAILURE " + id);
    }
  }
}

void ExpectOfShares(const PlainRoot& root, std::set<std::string>& expected) {
  for (const auto& [id, info] : root.infos) {
    const bool says_so = info.contains("share") && info["share"].contains("url");
    if (says_so != (root.shares.count(id) > 0)) expected.insert("SHARE_MISMATCH " + id);
  }
  for (const auto& [id, share] : root.shares) {
    if (root.infos.count(id) == 0) expected.insert("SHARE_MISMATCH " + id);
  }
}

// Whether a parent that this root lacks is known to another one.
bool IsElsewhere(const PlainRoots& roots, const PlainRoot& root, const std::string& parent) {
  return root.infos.count(parent) == 0 && std::any_of(roots.begin(), roots.end(), [&](const auto& other) {
           return other.second.infos.count(parent) > 0;
         });
}

// Sessions of which some document is in two roots and not the same in both.
std::set<std::string> ExpectedDuplicates(const PlainRoots& roots) {
  std::set<std::string> expected;
  std::map<std::string, std::string> seen;  // kind and id, to bytes
  const auto add = [&](const std::string& root, const std::string& below, const std::string& session) {
    const fs::path folder = root + "/storage/session/" + below;
    for (const auto& [id, document] : Load(folder)) {
      const std::string bytes = ReadFile((folder / (id + ".json")).string());
      const auto [first, is_new] = seen.emplace(below + "/" + id, bytes);
      if (!is_new && first->second != bytes) expected.insert(session.empty() ? id : session);
    }
  };
  for (const auto& [path, root] : roots) {
    for (const char* folder : {"info", "sub-sessions", "sub-session-index"}) add(path, folder, "");
    for (const std::string& session : root.conversations) add(path, "message/" + session, session);
  }
  return expected;
}

// The relations of the catalogue, said once more and without any of the agent's code.
std::set<std::string> ExpectedOf(const PlainRoots& roots, const PlainRoot& root) {
  std::set<std::string> expected;
  ExpectOfMessages(root, expected);
  ExpectOfStates(root, expected);
  ExpectOfShares(root, expected);
  const auto alive = [&](const std::string& id) { return root.infos.count(id) + root.conversations.count(id) > 0; };
  for (const auto& [id, info] : root.infos) {
    const std::string parent = info.value("parentID", "");
    if (!parent.empty() && IsElsewhere(roots, root, parent)) {
      expected.insert("PROJECT_ALIAS_SPLIT " + id);
    } else if (!parent.empty()) {
      if (root.records.count(id) == 0) expected.insert("CHILD_SESSION_UNTRACKED " + id);
      if (root.infos.count(parent) == 0) expected.insert("SESSION_PARENT_MISSING " + id);
    }
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

std::set<std::string> OfCode(const std::set<std::string>& found, const std::string& code) {
  std::set<std::string> fitting;
  for (const std::string& name : found) {
    if (name.rfind(code, 0) == 0) fitting.insert(name);
  }
  return fitting;
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
    PlainRoots roots;
    for (const Json& root : report["roots"]) {
      const auto path = root["path"].get<std::string>();
      roots[path] = LoadRoot(path + "/storage/session");
    }
    for (const auto& [path, root] : roots) EXPECT_EQ(found[path], ExpectedOf(roots, root)) << path;
    std::set<std::string> duplicates;
    for (const std::string& id : ExpectedDuplicates(roots)) duplicates.insert("STORAGE_DUPLICATE_ID " + id);
    EXPECT_EQ(OfCode(found[fs::canonical(workstation.home).string()], "STORAGE_DUPLICATE_ID "), duplicates);
  }
}

}  // namespace
}  // namespace fleet
