#include "agent/drill/sandbox_store.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <system_error>

#include "agent/store/durable_file.h"
#include "agent/store/session_id.h"
#include "common/clock.h"
#include "common/status.h"

namespace fleet::agent {

namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

constexpr std::int64_t kHourMs = 3'600'000;
constexpr std::int64_t kStepMs = 10;

Json TextPart(const std::string& text) { return {{"type", "text"}, {"text", text}}; }

Json Question(const std::string& session, const std::string& id, const std::string& text, std::int64_t ms) {
  return {{"role", "user"},
          {"id", id},
          {"parts", Json::array({TextPart(text)})},
          {"metadata", {{"time", {{"created", ms}}}, {"sessionID", session}, {"tool", Json::object()}}}};
}

Json Answer(const std::string& session, const std::string& id, const std::string& text, std::int64_t ms) {
  const Json assistant = {
      {"system", Json::array({"You are a coding agent."})},
      {"path", {{"cwd", "/drill"}, {"root", "/drill"}}},
      {"cost", 0.01},
      {"tokens", {{"input", 800}, {"output", 100}, {"reasoning", 0}, {"cache", {{"read", 0}, {"write", 0}}}}},
      {"modelID", "drill"},
      {"providerID", "drill"}};
  return {{"id", id},
          {"role", "assistant"},
          {"parts", Json::array({{{"type", "step-start"}}, TextPart(text)})},
          {"metadata",
           {{"assistant", assistant},
            {"time", {{"created", ms}, {"completed", ms + 5}}},
            {"sessionID", session},
            {"tool", Json::object()}}}};
}

// No two stores of a drill make the same ids.
char NextMark() {
  static std::atomic<int> stores = 0;
  return static_cast<char>('A' + stores++ % 26);
}

}  // namespace

SandboxStore::SandboxStore(std::string root, std::int64_t now_ms)
    : root_(std::move(root)), time_ms_(now_ms - kHourMs), mark_(NextMark()) {
  for (const char* folder : {"info", "message", "sub-sessions", "sub-session-index"}) {
    fs::create_directories(root_ + "/storage/session/" + folder);
  }
  Write("app.json", Json{{"initialized", time_ms_}}.dump());
}

std::string SandboxStore::NewId(const char* prefix) {
  time_ms_ += kStepMs;
  if (writing_now_) time_ms_ = ToMillis(SystemClock().Now());
  std::string tail = std::to_string(++ids_);
  return MakeId(prefix, time_ms_, 1, std::string(14 - tail.size(), mark_) + tail);
}

std::string SandboxStore::AddSession(const std::string& title, int exchanges, const std::string& parent) {
  const std::string id = NewId("ses");
  const std::int64_t created = time_ms_;
  const std::int64_t ended = created + 2 * exchanges * kStepMs;  // of the last message
  Json info = {{"id", id}, {"version", "0.0.0-drill"}};
  if (!parent.empty()) info["parentID"] = parent;
  info["title"] = title;
  info["time"] = {{"created", created}, {"updated", ended}};
  Write(InfoPath(id), info.dump());
  if (!parent.empty()) AddToParent(id, title, parent, created, ended);
  AddMessages(id, exchanges);
  return id;
}

void SandboxStore::AddToParent(const std::string& id, const std::string& title, const std::string& parent,
                               std::int64_t created, std::int64_t ended) const {
  Write(RecordPath(id), Json{{"id", id},
                             {"parentSessionId", parent},
                             {"agentName", title},
                             {"taskDescription", "Question 1 of " + title},
                             {"status", "completed"},
                             {"createdAt", created},
                             {"startedAt", created},
                             {"completedAt", ended},
                             {"summary", "Answer"}}
                            .dump());
  std::vector<std::string> index = Index(parent);
  index.push_back(id);
  WriteIndex(parent, index);
}

std::string SandboxStore::AddSessionAt(std::int64_t created_ms, const std::string& title) {
  const std::int64_t now = time_ms_;
  time_ms_ = created_ms - kStepMs;
  std::string id = AddSession(title);
  time_ms_ = now;
  return id;
}

void SandboxStore::AddMessages(const std::string& session, int exchanges) {
  for (int i = 1; i <= exchanges; ++i) {
    const std::string question = NewId("msg");
    Write(MessagesPath(session) + "/" + question + ".json",
          Question(session, question, "Question " + std::to_string(i), time_ms_).dump());
    const std::string answer = NewId("msg");
    Write(MessagesPath(session) + "/" + answer + ".json",
          Answer(session, answer, "Answer " + std::to_string(i), time_ms_).dump());
  }
}

std::string SandboxStore::InfoPath(const std::string& id) { return "storage/session/info/" + id + ".json"; }
std::string SandboxStore::MessagesPath(const std::string& id) { return "storage/session/message/" + id; }
std::string SandboxStore::RecordPath(const std::string& id) { return "storage/session/sub-sessions/" + id + ".json"; }
std::string SandboxStore::IndexPath(const std::string& parent) {
  return "storage/session/sub-session-index/" + parent + ".json";
}

std::vector<std::string> SandboxStore::Index(const std::string& parent) const {
  const Json index = Json::parse(Read(IndexPath(parent)), nullptr, false);
  std::vector<std::string> ids;
  if (!index.is_array()) return ids;
  for (const Json& entry : index) {
    if (entry.is_string()) ids.push_back(entry.get<std::string>());
  }
  return ids;
}

void SandboxStore::WriteIndex(const std::string& parent, const std::vector<std::string>& ids) const {
  Write(IndexPath(parent), Json(ids).dump());
}

std::string SandboxStore::Read(const std::string& below) const {
  std::ifstream stream(root_ + "/" + below, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
}

// With the store's time: what is damaged later than it was written would look newer than any copy of it.
void SandboxStore::Write(const std::string& below, const std::string& text) const {
  const fs::path path = root_ + "/" + below;
  fs::create_directories(path.parent_path());
  const fs::path written = writing_now_ ? path.string() + std::to_string(time_ms_) + ".tmp" : path.string();
  std::ofstream stream(written, std::ios::binary | std::ios::trunc);
  stream << text;
  stream.close();
  if (!stream) throw fs::filesystem_error("cannot write", path, std::make_error_code(std::errc::io_error));
  if (writing_now_) {
    fs::rename(written, path);
  } else {
    Settle(below, time_ms_);
  }
}

void SandboxStore::Remove(const std::string& below) const { fs::remove_all(root_ + "/" + below); }

void SandboxStore::Settle(const std::string& below, std::int64_t mtime_ms) const {
  const timespec time = {.tv_sec = mtime_ms / 1000, .tv_nsec = mtime_ms % 1000 * 1'000'000};
  const timespec times[2] = {time, time};
  utimensat(AT_FDCWD, (root_ + "/" + below).c_str(), times, AT_SYMLINK_NOFOLLOW);
}

}  // namespace fleet::agent
