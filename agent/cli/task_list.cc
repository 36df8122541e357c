#include "agent/cli/task_list.h"

#include <sys/stat.h>

#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "agent/probe/log_files.h"
#include "agent/probe/log_line.h"
#include "agent/store/directory.h"
#include "common/terminal.h"
#include "common/time_text.h"
#include "common/utf8.h"

namespace fleet::agent {

namespace {

constexpr std::int64_t kRecentMs = 30 * 60'000;
constexpr std::size_t kMostExecutions = 20;
constexpr std::size_t kTailBytes = 64 * 1024;

std::int64_t Millis(std::optional<double> value) {
  return value && *value > 0 && *value < 9e15 ? static_cast<std::int64_t>(*value) : 0;
}

TaskReport::Task TaskOf(const RootModel& root, const SubsessionRecord& record, const CheckSettings& settings,
                        std::int64_t now_ms) {
  TaskReport::Task task;
  task.id = record.document.id;
  task.parent = record.document.parent;
  task.agent = record.document.agent_name;
  task.status = record.document.status;
  task.created_ms = Millis(record.document.created_at);
  task.completed_ms = Millis(record.document.completed_at);
  task.changed_ms = record.stat.mtime_ms();
  const auto conversation = root.conversations.find(task.id);
  if (conversation != root.conversations.end()) {
    task.changed_ms = std::max(task.changed_ms, conversation->second.last_mtime_ms);
  }
  task.recent = task.changed_ms >= now_ms - kRecentMs;
  const bool open = task.status == "pending" || task.status == "running";
  task.stuck = open && !root.live && task.changed_ms < now_ms - settings.stale_ms;
  task.root = root.root.path;
  return task;
}

TaskReport::Storage StorageOf(const RootModel& root) {
  TaskReport::Storage storage;
  storage.path = root.root.path + "/storage/session";
  storage.live = root.live;
  const absl::StatusOr<Directory> opened = Directory::OpenRoot(root.root.path);
  const absl::StatusOr<FileStat> stat = opened.ok() ? opened->Stat("storage/session") : opened.status();
  if (!stat.ok()) return storage;
  storage.exists = true;
  storage.owner = stat->uid;
  storage.mode = stat->mode & 07777U;
  return storage;
}

void FindLatest(const RootModel& root, TaskReport& report) {
  for (const auto& [id, info] : root.sessions) {
    std::int64_t last_ms = Millis(info.document.updated);
    const auto conversation = root.conversations.find(id);
    if (conversation != root.conversations.end()) last_ms = std::max(last_ms, conversation->second.newest_ms);
    if (last_ms <= report.latest_ms) continue;
    report.latest_ms = last_ms;
    report.latest_session = id;
    report.latest_root = root.root.path;
  }
}

void ReadExecutions(const HomeModel& home, const CheckSettings& settings, TaskReport& report) {
  std::vector<LogFolder> folders = LogFoldersOf(home, settings);
  std::erase_if(folders, [](const LogFolder& folder) { return folder.kind != LogKind::kTasks; });
  ForEachLog(folders, [&](const std::string&, const LogFile& file) {
    std::string buffer;
    const std::int64_t from = std::max<std::int64_t>(0, file.stat().size - static_cast<std::int64_t>(kTailBytes));
    const std::string_view tail = file.Read(from, kTailBytes, buffer);
    for (std::size_t begin = 0; begin < tail.size();) {
      const std::size_t end = std::min(tail.find('\n', begin), tail.size());
      if (const auto task = ParseExecutedTask(tail.substr(begin, end - begin))) {
        report.executions.push_back({task->time_ms, std::string(task->session), std::string(task->description)});
      }
      begin = end + 1;
    }
  });
  if (report.executions.size() > kMostExecutions) {
    report.executions.erase(report.executions.begin(), report.executions.end() - kMostExecutions);
  }
}

std::string SecondText(std::int64_t ms) { return ms == 0 ? "-" : TimeText(ms).substr(0, 19) + "Z"; }

std::string ModeText(std::uint32_t mode) {
  char text[8];
  std::snprintf(text, sizeof text, "%04o", mode);
  return text;
}

std::string StateText(const TaskReport::Task& task) {
  return task.status + (task.stuck ? ", stuck" : "") + (task.recent ? ", recent" : "");
}

}  // namespace

TaskReport ReadTasks(const HomeModel& home, const CheckSettings& settings, std::int64_t now_ms) {
  TaskReport report;
  for (const RootModel& root : home.roots) {
    for (const auto& [id, record] : root.records) report.tasks.push_back(TaskOf(root, record, settings, now_ms));
    report.storages.push_back(StorageOf(root));
    FindLatest(root, report);
  }
  std::sort(report.tasks.begin(), report.tasks.end(), [](const TaskReport::Task& a, const TaskReport::Task& b) {
    return std::tie(b.changed_ms, a.id) < std::tie(a.changed_ms, b.id);
  });
  if (!home.home.path.empty()) ReadExecutions(home, settings, report);
  return report;
}

std::string TaskText(const TaskReport& report, std::size_t most) {
  std::string text;
  const auto count = [&](auto wanted) {
    return std::to_string(std::count_if(report.tasks.begin(), report.tasks.end(), wanted));
  };
  text += count([](const TaskReport::Task&) { return true; }) + " tasks, " +
          count([](const TaskReport::Task& task) { return task.recent; }) + " changed in the last 30 min, " +
          count([](const TaskReport::Task& task) { return task.stuck; }) + " stuck\n";
  if (!report.latest_session.empty()) {
    text += "latest session " + ToPrintable(report.latest_session) + ", " + SecondText(report.latest_ms) + ", " +
            ToPrintable(report.latest_root) + "\n";
  }
  Table tasks({"TASK", "CREATED", "CHANGED", "STATE", "AGENT", "STARTED BY", "ROOT"});
  std::size_t shown = 0;
  for (const TaskReport::Task& task : report.tasks) {
    if (shown++ >= most && !task.stuck) continue;
    tasks.Add({task.id, SecondText(task.created_ms), SecondText(task.changed_ms), StateText(task), task.agent,
               task.parent, task.root});
  }
  if (!report.tasks.empty()) text += "\n" + tasks.Text();
  Table executions({"EXECUTED", "SESSION", "DESCRIPTION"});
  for (const TaskReport::Execution& one : report.executions) {
    executions.Add({SecondText(one.time_ms), one.session, one.description});
  }
  if (!report.executions.empty()) text += "\n" + executions.Text();
  Table storages({"OWNER", "MODE", "DGMO", "STORAGE"});
  for (const TaskReport::Storage& storage : report.storages) {
    storages.Add({storage.exists ? std::to_string(storage.owner) : "missing",
                  storage.exists ? ModeText(storage.mode) : "-", storage.live ? "running" : "-", storage.path});
  }
  if (!report.storages.empty()) text += "\n" + storages.Text();
  return text;
}

nlohmann::ordered_json TaskJson(const TaskReport& report) {
  nlohmann::ordered_json json;
  json["tasks"] = nlohmann::ordered_json::array();
  for (const TaskReport::Task& task : report.tasks) {
    nlohmann::ordered_json row = {{"id", ToUtf8(task.id)},       {"parent", ToUtf8(task.parent)},
                                  {"agent", ToUtf8(task.agent)}, {"status", ToUtf8(task.status)},
                                  {"created", task.created_ms},  {"completed", nullptr},
                                  {"changed", task.changed_ms},  {"recent", task.recent},
                                  {"stuck", task.stuck},         {"root", ToUtf8(task.root)}};
    if (task.completed_ms > 0) row["completed"] = task.completed_ms;
    json["tasks"].push_back(std::move(row));
  }
  json["executions"] = nlohmann::ordered_json::array();
  for (const TaskReport::Execution& one : report.executions) {
    json["executions"].push_back(
        {{"time", one.time_ms}, {"session", ToUtf8(one.session)}, {"description", ToUtf8(one.description)}});
  }
  json["storages"] = nlohmann::ordered_json::array();
  for (const TaskReport::Storage& storage : report.storages) {
    json["storages"].push_back({{"path", ToUtf8(storage.path)},
                                {"exists", storage.exists},
                                {"owner", storage.owner},
                                {"mode", ModeText(storage.mode)},
                                {"live", storage.live}});
  }
  json["latest_session"] = nullptr;
  if (!report.latest_session.empty()) {
    json["latest_session"] = {{"id", ToUtf8(report.latest_session)},
                              {"last_activity", report.latest_ms},
                              {"root", ToUtf8(report.latest_root)}};
  }
  return json;
}

}  // namespace fleet::agent
