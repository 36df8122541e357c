#pragma once

#include <atomic>
#include <chrono>
#include <mutex>
#include <string>
#include <vector>

namespace fleet {

// Writes into a root of layout U as a busy dgmo does (catalogue: "How dgmo writes and reads"): the whole text into a
// temporary file beside the document, rename over it, remove the temporary; an assistant's message anew with every
// fragment; agents in parallel. Unlike dgmo it never loses an index entry, so that nothing it leaves is a fault. Throws
// when the disk does not want to.
class DgmoWriter {
 public:
  struct Settings {
    int fragments = 40;  // of an answer
    std::chrono::milliseconds between_fragments{3};
    int agents = 3;          // that work at the same time
    int sessions_kept = 20;  // older ones that had no agents are removed
  };
  DgmoWriter(std::string root, Settings settings) : root_(std::move(root)), settings_(settings) {}

  // A new session: a question, an answer, then agents with answers of their own, and a title. Every other turn without
  // agents.
  void Turn();

  std::int64_t writes() const { return writes_; }

 private:
  std::string NewId(const std::string& prefix);
  void Write(const std::string& document, const std::string& text);
  void WriteInfo(const std::string& id, const std::string& parent, const std::string& title, std::int64_t created);
  void Converse(const std::string& session);
  void RunAgent(const std::string& parent, int number);
  void Remove(const std::string& session);

  const std::string root_;
  const Settings settings_;
  int turns_ = 0;
  std::vector<std::string> plain_sessions_;
  std::mutex index_;  // dgmo has none
  std::vector<std::string> entries_;
  std::atomic<int> ids_ = 0;
  std::atomic<std::int64_t> writes_ = 0;
};

}  // namespace fleet
