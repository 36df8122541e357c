#include "tests/bench/bench_store.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <random>
#include <vector>

#include "agent/store/session_id.h"

namespace fleet::agent {

namespace {

constexpr std::int64_t kBeginMs = 1'751'900'000'000;  // 2025-07-07
constexpr std::int64_t kChildrenOfOne = 5;

class Writer {
 public:
  Writer(std::string root, const BenchShape& shape) : root_(std::move(root)), shape_(shape) {
    prompt_ = Prose(static_cast<std::size_t>(shape.prompt_bytes));
  }

  void WriteAll() {
    for (const char* folder : {"info", "message", "sub-sessions", "sub-session-index"}) MakeFolder(folder);
    Write(root_ + "/app.json", "{\"initialized\":1751879702117}");
    std::vector<std::string> ids;
    std::vector<std::int64_t> times;
    for (std::int64_t i = 0; i < shape_.sessions; ++i) {
      ids.push_back(Id("ses"));
      times.push_back(now_ms_);
    }
    const std::int64_t parents = (shape_.records + kChildrenOfOne - 1) / kChildrenOfOne;
    std::vector<std::string> index(static_cast<std::size_t>(parents));
    for (std::int64_t i = 0; i < shape_.sessions; ++i) {
      const std::string& id = ids[static_cast<std::size_t>(i)];
      const std::int64_t child = i - parents;  // after their parents
      const bool is_child = child >= 0 && child < shape_.records;
      now_ms_ = times[static_cast<std::size_t>(i)];
      const auto parent = static_cast<std::size_t>(is_child ? child / kChildrenOfOne : 0);
      WriteInfo(id, is_child ? ids[parent] : "");
      WriteMessages(id, MessagesOf(i));
      if (!is_child) continue;
      WriteRecord(id, ids[parent]);
      index[parent].append(index[parent].empty() ? "\"" : ",\"").append(id).append("\"");
    }
    for (std::size_t i = 0; i < index.size(); ++i)
      Write(Session("sub-session-index/" + ids[i] + ".json"), "[" + index[i] + "]");
  }

 private:
  std::int64_t MessagesOf(std::int64_t session) const {
    return shape_.messages / shape_.sessions + (session < shape_.messages % shape_.sessions ? 1 : 0);
  }

  void WriteInfo(const std::string& id, const std::string& parent) {
    std::string text = "{\"id\":\"" + id + "\",\"version\":\"0.2.3\",";
    if (!parent.empty()) text += "\"parentID\":\"" + parent + "\",";
    text += "\"title\":\"" + Prose(40) + "\",\"time\":{\"created\":" + Time() + ",\"updated\":" + Time() + "}}";
    Write(Session("info/" + id + ".json"), text);
  }

  void WriteMessages(const std::string& session, std::int64_t count) {
    const std::string folder = "message/" + session;
    MakeFolder(folder);
    for (std::int64_t i = 0; i < count; ++i) {
      const std::string id = Id("msg");
      Write(Session(folder + "/" + id + ".json"), i % 2 == 0 ? Question(session, id) : Answer(session, id));
    }
  }

  std::string Question(const std::string& session, const std::string& id) {
    return "{\"role\":\"user\",\"id\":\"" + id + "\",\"parts\":[{\"type\":\"text\",\"text\":\"" + Prose(300) +
           "\"}],\"metadata\":{\"time\":{\"created\":" + Time() + "},\"sessionID\":\"" + session + "\",\"tool\":{}}}";
  }

  std::string Answer(const std::string& session, const std::string& id) {
    return "{\"id\":\"" + id +
           "\",\"role\":\"assistant\",\"parts\":[{\"type\":\"step-start\"},{\"type\":\"text\",\"text\":\"" +
           Prose(200 + random_() % 1500) +
           "\"},{\"type\":\"tool-invocation\",\"toolInvocation\":{\"state\":\"result\",\"step\":0,\"toolCallId\":"
           "\"call_1\","
           "\"toolName\":\"read\",\"args\":{\"filePath\":\"/home/mira/src/payments-api/money.ts\"},\"result\":\"" +
           Prose(shape_.prompt_bytes > 2000 ? random_() % 8000 : random_() % 400) +
           "\"}}],\"metadata\":{\"assistant\":{\"system\":[\"" + prompt_ +
           "\"],\"path\":{\"cwd\":\"/home/mira/src/payments-api\",\"root\":\"/home/mira/src/payments-api\"},\"cost\":"
           "0.0123,\"tokens\":{\"input\":812,\"output\":140,\"reasoning\":0,\"cache\":{\"read\":0,\"write\":0}},"
           "\"modelID\":\"claude-sonnet-4\",\"providerID\":\"anthropic\"},\"time\":{\"created\":" +
           Time() + ",\"completed\":" + Time() + "},\"sessionID\":\"" + session +
           "\",\"tool\":{\"call_1\":{\"title\":\"money.ts\",\"time\":{\"start\":" + Time() + ",\"end\":" + Time() +
           "}}}}}";
  }

  void WriteRecord(const std::string& id, const std::string& parent) {
    Write(Session("sub-sessions/" + id + ".json"),
          "{\"id\":\"" + id + "\",\"parentSessionId\":\"" + parent + "\",\"agentName\":\"Audit rounding calls\"," +
              "\"taskDescription\":\"" + Prose(400) + "\",\"status\":\"completed\",\"createdAt\":" + Time() +
              ",\"startedAt\":" + Time() + ",\"completedAt\":" + Time() + ",\"summary\":\"" + Prose(200) + "\"}");
  }

  std::string Session(const std::string& below) const { return root_ + "/storage/session/" + below; }
  void MakeFolder(const std::string& below) const { std::filesystem::create_directories(Session(below)); }
  std::string Time() const { return std::to_string(now_ms_); }

  std::string Id(const std::string& prefix) {
    std::string tail = std::to_string(++ids_);
    return MakeId(prefix, now_ms_ += 3'000, 1, std::string(14 - tail.size(), 'x') + tail);
  }

  // Words in lines of some 80 characters, as prompts and answers have them, with quotes and a letter beyond ASCII now
  // and then.
  std::string Prose(std::size_t bytes) {
    static constexpr const char* kWords[] = {"the ",    "ledger ", "rounds ",  "every ", "invoice ", "before ",
                                             "it is ",  "posted ", "see ",     "money ", "tests ",   "and ",
                                             "again, ", "every ",  "posting ", "counts "};
    std::string text;
    std::size_t line = 0;
    while (text.size() < bytes) {
      text += kWords[random_() % 16];
      if (text.size() - line < 80) continue;
      text += random_() % 8 == 0 ? "\\\"caf\u00e9\\\"\\n" : "\\n";
      line = text.size();
    }
    return text;
  }

  static void Write(const std::string& path, const std::string& text) {
    const int fd = open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    const bool written = fd >= 0 && write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size());
    if (fd >= 0) close(fd);
    if (written) return;
    std::perror(path.c_str());
    std::exit(1);
  }

  const std::string root_;
  const BenchShape shape_;
  std::mt19937_64 random_{42};
  std::int64_t now_ms_ = kBeginMs;
  std::int64_t ids_ = 0;
  std::string prompt_;
};

}  // namespace

std::string BenchRoot(const std::string& home) {
  return home + "/.local/share/dgmo/project/home-mira-src-payments-api";
}

void WriteBenchStore(const std::string& home, const BenchShape& shape) { Writer(BenchRoot(home), shape).WriteAll(); }

}  // namespace fleet::agent
