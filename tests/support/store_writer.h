#pragma once

#include <fcntl.h>
#include <sys/stat.h>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "agent/store/root.h"
#include "agent/store/session_id.h"

namespace fleet::agent {

// Makes a healthy root on disk, document by document, exactly as dgmo writes them. Times advance by themselves from a
// fixed day, files carry them, and ids follow from them, so the same calls make the same bytes. Throws like the
// standard library when the disk does not want to.
class StoreWriter {
 public:
  // <home>/.local/share/<app>/project/<slug> with its app.json.
  static StoreWriter Program(const std::string& home, const std::string& slug = "home-mira-src-payments-api",
                             const std::string& app = "dgmo") {
    StoreWriter store(RootKind::kProgram, home + "/.local/share/" + app + "/project/" + slug);
    store.Write("app.json", "{\"initialized\":1751966100000}");
    for (const char* folder : {"info", "message"}) store.MakeDirectory("storage/session/" + std::string(folder));
    return store;
  }
  // <home>/.local/share/opencode/User/workspaceStorage/<workspace>/dgmo; infos as sessions/<id>.json
  // or in the directories that hold the messages.
  static StoreWriter Guide(const std::string& home, const std::string& workspace = "payments", bool flat = true) {
    StoreWriter store(RootKind::kGuide, home + "/.local/share/opencode/User/workspaceStorage/" + workspace + "/dgmo");
    store.flat_ = flat;
    for (const char* folder : {"sessions", "storage/session/sub-sessions", "storage/session/sub-session-index",
                               "storage/qdrant", "logs", ".opencode"}) {
      store.MakeDirectory(folder);
    }
    store.Write(".opencode/app.json", R"({"name":"dgmstt","version":"1.0.0"})");
    store.Write(".opencode/config.json", R"({"agentMode":"all-tools","experimental":{"mcp":true}})");
    return store;
  }

  const std::string& path() const { return path_; }
  Root AsRoot() const {
    struct stat of_path {};
    stat(path_.c_str(), &of_path);
    return {.kind = kind_, .path = std::filesystem::canonical(path_), .app = "", .name = "", .owner = of_path.st_uid};
  }
  // The time of the last thing written, ms.
  std::int64_t now_ms() const { return now_ms_; }
  void Advance(std::int64_t ms) { now_ms_ += ms; }

  // A session with a question and a completed answer; a child when a parent is given. Returns its id.
  std::string AddConversation(const std::string& title, const std::string& parent = "") {
    const std::string id = AddSession(title, parent);
    AddQuestion(id, "Please look at: " + title);
    AddAnswer(id, "Looked at " + title + ".");
    return id;
  }
  // A child with its conversation, record and index entry: what dgmo leaves of an agent that did its work.
  std::string AddAgent(const std::string& parent, const std::string& name) {
    const std::string id = AddSession("", parent);
    const std::int64_t created = now_ms_;
    AddQuestion(id, "Please look at: " + name);
    AddAnswer(id, "Looked at " + name + ".");
    AddRecord(id, parent, name, created, "Looked at " + name + ".");
    std::vector<std::string> index = Index(parent);
    index.push_back(id);
    WriteIndex(parent, index);
    return id;
  }

  // Only the info. An empty title is the one dgmo begins with.
  std::string AddSession(const std::string& title, const std::string& parent = "") {
    const std::string id = NextId("ses");
    nlohmann::ordered_json info = {{"id", id}, {"version", "0.2.3"}};
    if (!parent.empty()) info["parentID"] = parent;
    info["title"] = title.empty() ? "Child session - 2025-07-08T09:16:37.438Z" : title;
    info["time"] = {{"created", now_ms_}, {"updated", now_ms_}};
    Write(InfoPath(id), info.dump());
    return id;
  }
  std::string AddQuestion(const std::string& session, const std::string& text) {
    const std::string id = NextId("msg");
    Write(MessagePath(session, id), QuestionText(session, id, text));
    return id;
  }
  std::string AddAnswer(const std::string& session, const std::string& text) {
    const std::string id = NextId("msg");
    Write(MessagePath(session, id), AnswerText(session, id, text));
    return id;
  }
  void AddRecord(const std::string& id, const std::string& parent, const std::string& name, std::int64_t created,
                 const std::string& summary) {
    nlohmann::ordered_json record = {{"id", id},
                                     {"parentSessionId", parent},
                                     {"agentName", name},
                                     {"taskDescription", "Please look at: " + name},
                                     {"status", "completed"},
                                     {"createdAt", created + 6},
                                     {"startedAt", created + 12},
                                     {"completedAt", now_ms_},
                                     {"summary", summary}};
    Write(RecordPath(id), record.dump());
  }
  void WriteIndex(const std::string& parent, const std::vector<std::string>& ids) {
    Write(IndexPath(parent), nlohmann::json(ids).dump());
  }
  std::vector<std::string> Index(const std::string& parent) const {
    const nlohmann::json index = nlohmann::json::parse(Read(IndexPath(parent)), nullptr, false);
    std::vector<std::string> ids;
    if (index.is_array()) {
      for (const auto& entry : index) ids.push_back(entry.get<std::string>());
    }
    return ids;
  }

  std::string QuestionText(const std::string& session, const std::string& id, const std::string& text) const {
    const nlohmann::ordered_json message = {
        {"role", "user"},
        {"id", id},
        {"parts", nlohmann::ordered_json::array({TextPart(text)})},
        {"metadata",
         {{"time", {{"created", now_ms_}}}, {"sessionID", session}, {"tool", nlohmann::ordered_json::object()}}}};
    return message.dump();
  }
  // Completed half a second later.
  std::string AnswerText(const std::string& session, const std::string& id, const std::string& text) const {
    const nlohmann::ordered_json assistant = {
        {"system", nlohmann::ordered_json::array({"You are a coding agent."})},
        {"path", {{"cwd", "/home/mira/src/payments-api"}, {"root", "/home/mira/src/payments-api"}}},
        {"cost", 0.0123},
        {"tokens", {{"input", 812}, {"output", 140}, {"reasoning", 0}, {"cache", {{"read", 0}, {"write", 0}}}}},
        {"modelID", "claude-sonnet-4"},
        {"providerID", "anthropic"}};
    const nlohmann::ordered_json message = {
        {"id", id},
        {"role", "assistant"},
        {"parts", nlohmann::ordered_json::array({{{"type", "step-start"}}, TextPart(text)})},
        {"metadata",
         {{"assistant", assistant},
          {"time", {{"created", now_ms_}, {"completed", now_ms_ + 500}}},
          {"sessionID", session},
          {"tool", nlohmann::ordered_json::object()}}}};
    return message.dump();
  }

  // Relative to the root.
  std::string InfoPath(const std::string& id) const {
    if (kind_ == RootKind::kProgram) return "storage/session/info/" + id + ".json";
    return flat_ ? "sessions/" + id + ".json" : "sessions/" + id + "/session.json";
  }
  std::string ConversationPath(const std::string& session) const {
    if (kind_ == RootKind::kProgram) return "storage/session/message/" + session;
    return "sessions/" + session + "/message";
  }
  std::string MessagePath(const std::string& session, const std::string& id) const {
    return ConversationPath(session) + "/" + id + ".json";
  }
  std::string RecordPath(const std::string& id) const { return "storage/session/sub-sessions/" + id + ".json"; }
  std::string IndexPath(const std::string& parent) const {
    return "storage/session/sub-session-index/" + parent + ".json";
  }

  // Any file below the root, folders made; it carries the store's time.
  void Write(const std::string& relative, const std::string& bytes) const {
    const std::filesystem::path file = path_ + "/" + relative;
    std::filesystem::create_directories(file.parent_path());
    std::ofstream stream(file, std::ios::binary);
    stream.exceptions(std::ios::failbit | std::ios::badbit);
    stream << bytes;
    stream.close();
    const timespec time = {.tv_sec = now_ms_ / 1000, .tv_nsec = now_ms_ % 1000 * 1'000'000};
    const timespec times[2] = {time, time};
    utimensat(AT_FDCWD, file.c_str(), times, 0);
  }
  // Empty when there is none.
  std::string Read(const std::string& relative) const {
    std::ifstream stream(path_ + "/" + relative, std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
  }
  bool Has(const std::string& relative) const {
    return std::filesystem::exists(std::filesystem::symlink_status(path_ + "/" + relative));
  }
  void Remove(const std::string& relative) const { std::filesystem::remove_all(path_ + "/" + relative); }
  void MakeDirectory(const std::string& relative) const { std::filesystem::create_directories(path_ + "/" + relative); }

  // The next second's id: twelve hex digits of time and a tail that tells them apart.
  std::string NextId(const std::string& prefix) {
    now_ms_ += 1000;
    std::string tail = std::to_string(++ids_);
    return MakeId(prefix, now_ms_, 1, std::string(14 - tail.size(), 'x') + tail);
  }

 private:
  StoreWriter(RootKind kind, std::string path) : kind_(kind), path_(std::move(path)) {
    std::filesystem::create_directories(path_);
  }

  static nlohmann::ordered_json TextPart(const std::string& text) { return {{"type", "text"}, {"text", text}}; }

  RootKind kind_;
  std::string path_;
  bool flat_ = true;
  std::int64_t now_ms_ = 1'751'966'100'000;  // 2025-07-08
  int ids_ = 0;
};

// A store in which every fault of the injector finds something to break: two sessions with agents, one without.
inline void AddBreakableSessions(StoreWriter& store) {
  const std::string first = store.AddConversation("Refactor invoice rounding");
  const std::string second = store.AddConversation("Explain ledger schema");
  store.AddConversation("Nothing delegated");
  for (const char* name : {"Audit rounding calls", "Write regression tests", "Check money.ts"}) {
    store.AddAgent(first, name);
  }
  store.AddAgent(second, "Draw ERD");
}

}  // namespace fleet::agent
