#include "tests/fault/dgmo_writer.h"

#include <fcntl.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <thread>

#include "agent/store/session_id.h"
#include "common/clock.h"

namespace fleet {

namespace {

using nlohmann::ordered_json;

std::int64_t NowMs() { return ToMillis(SystemClock().Now()); }

ordered_json TextPart(const std::string& text) { return {{"type", "text"}, {"text", text}}; }

ordered_json Assistant(const std::string& id, const std::string& session, std::int64_t created) {
  const ordered_json assistant = {
      {"system", ordered_json::array({std::string(2'000, 's')})},
      {"path", {{"cwd", "/home/mira/src/payments-api"}, {"root", "/home/mira/src/payments-api"}}},
      {"cost", 0},
      {"tokens", {{"input", 0}, {"output", 0}, {"reasoning", 0}, {"cache", {{"read", 0}, {"write", 0}}}}},
      {"modelID", "claude-sonnet-4"},
      {"providerID", "anthropic"}};
  return {{"id", id},
          {"role", "assistant"},
          {"parts", ordered_json::array({{{"type", "step-start"}}, TextPart("")})},
          {"metadata",
           {{"assistant", assistant},
            {"time", {{"created", created}}},
            {"sessionID", session},
            {"tool", ordered_json::object()}}}};
}

}  // namespace

std::string DgmoWriter::NewId(const std::string& prefix) {
  std::string tail = std::to_string(++ids_);
  return agent::MakeId(prefix, NowMs(), 1, std::string(14 - tail.size(), 'w') + tail);
}

void DgmoWriter::Write(const std::string& document, const std::string& text) {
  const std::string path = root_ + "/storage/session/" + document + ".json";
  const std::string temporary = path + std::to_string(NowMs()) + ".tmp";
  std::filesystem::create_directories(std::filesystem::path(path).parent_path());
  const int fd = open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (fd < 0 || write(fd, text.data(), text.size()) != static_cast<ssize_t>(text.size())) {
    throw std::runtime_error("cannot write " + temporary);
  }
  close(fd);
  std::rename(temporary.c_str(), path.c_str());
  unlink(temporary.c_str());
  ++writes_;
}

void DgmoWriter::WriteInfo(const std::string& id, const std::string& parent, const std::string& title,
                           std::int64_t created) {
  ordered_json info = {{"id", id}, {"version", "0.2.3"}};
  if (!parent.empty()) info["parentID"] = parent;
  info["title"] = title;
  info["time"] = {{"created", created}, {"updated", parent.empty() ? NowMs() : created}};
  Write("info/" + id, info.dump());
}

void DgmoWriter::Converse(const std::string& session) {
  const std::string folder = "message/" + session + "/";
  const std::string question = NewId("msg");
  const ordered_json user = {
      {"role", "user"},
      {"id", question},
      {"parts", ordered_json::array({TextPart("Please look at it.")})},
      {"metadata", {{"time", {{"created", NowMs()}}}, {"sessionID", session}, {"tool", ordered_json::object()}}}};
  Write(folder + question, user.dump());
  const std::string answer = NewId("msg");
  ordered_json message = Assistant(answer, session, NowMs());
  std::string text;
  for (int i = 0; i < settings_.fragments; ++i) {
    Write(folder + answer, message.dump());
    std::this_thread::sleep_for(settings_.between_fragments);
    text += "and then there is one more thing to say about it, ";
    message["parts"][1]["text"] = text;
  }
  message["metadata"]["time"]["completed"] = NowMs();
  Write(folder + answer, message.dump());
}

void DgmoWriter::RunAgent(const std::string& parent, int number) {
  const std::int64_t created = NowMs();
  const std::string id = NewId("ses");
  WriteInfo(id, parent, "Child session - 2025-07-08T09:16:37.438Z", created);
  ordered_json record = {{"id", id},
                         {"parentSessionId", parent},
                         {"agentName", "Look at part " + std::to_string(number)},
                         {"taskDescription", "Please look at it."},
                         {"status", "pending"},
                         {"createdAt", NowMs()}};
  Write("sub-sessions/" + id, record.dump());
  {
    const std::lock_guard lock(index_);
    entries_.push_back(id);
    Write("sub-session-index/" + parent, ordered_json(entries_).dump());
  }
  record["status"] = "running";
  record["startedAt"] = NowMs();
  Write("sub-sessions/" + id, record.dump());
  Converse(id);
  record["status"] = "completed";
  record["completedAt"] = NowMs();
  record["summary"] = "Looked at it.";
  Write("sub-sessions/" + id, record.dump());
}

// In dgmo's order: first the info, then the messages.
void DgmoWriter::Remove(const std::string& session) {
  std::filesystem::remove(root_ + "/storage/session/info/" + session + ".json");
  std::filesystem::remove_all(root_ + "/storage/session/message/" + session);
}

void DgmoWriter::Turn() {
  const std::int64_t created = NowMs();
  const std::string id = NewId("ses");
  WriteInfo(id, "", "New Session - 2025-07-08T09:16:37.438Z", created);
  Converse(id);
  if (++turns_ % 2 == 0) {
    plain_sessions_.push_back(id);
  } else {
    entries_.clear();
    std::vector<std::thread> agents;
    for (int i = 0; i < settings_.agents; ++i) agents.emplace_back([this, id, i] { RunAgent(id, i); });
    for (std::thread& agent : agents) agent.join();
  }
  WriteInfo(id, "", "A title for it", created);
  if (plain_sessions_.size() <= static_cast<std::size_t>(settings_.sessions_kept)) return;
  Remove(plain_sessions_.front());
  plain_sessions_.erase(plain_sessions_.begin());
}

}  // namespace fleet
