#include "agent/cli/root_table.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "agent/store/directory.h"
#include "agent/store/layout.h"
#include "common/terminal.h"
#include "common/time_text.h"
#include "common/utf8.h"

namespace fleet::agent {

namespace {

// The folder that holds documents of a class.
std::string FolderOf(const Root& root, DocumentClass cls) {
  const std::string document = LayoutOf(root.kind).path_of(cls, "id", "session");
  if (document.empty()) return "";
  std::string folder = document.substr(0, document.rfind('/'));
  if (cls == DocumentClass::kMessage) folder = folder.substr(0, folder.rfind('/'));
  return root.path + "/" + folder;
}

std::string OctalText(std::uint32_t mode) {
  std::string text = "0000";
  for (std::size_t i = 4; i-- > 0; mode >>= 3U) text[i] = static_cast<char>('0' + (mode & 7U));
  return text;
}

RootRow RowOf(const RootModel& model) {
  RootRow row;
  row.kind = RootKindText(model.root.kind);
  row.app = model.root.app;
  row.path = model.root.path;
  row.infos = FolderOf(model.root, DocumentClass::kSession);
  row.messages = FolderOf(model.root, DocumentClass::kMessage);
  row.records = FolderOf(model.root, DocumentClass::kSubsession);
  row.indexes = FolderOf(model.root, DocumentClass::kIndex);
  row.owner = model.root.owner;
  row.live = model.live;
  row.sessions = static_cast<std::int64_t>(model.sessions.size());
  row.record_count = static_cast<std::int64_t>(model.records.size());
  row.index_count = static_cast<std::int64_t>(model.indexes.size());
  for (const auto& [id, info] : model.sessions) row.newest_ms = std::max(row.newest_ms, info.stat.mtime_ms());
  for (const auto& [id, conversation] : model.conversations) {
    row.message_count += conversation.messages;
    row.newest_ms = std::max(row.newest_ms, conversation.last_mtime_ms);
  }
  const absl::StatusOr<Directory> directory = Directory::OpenRoot(model.root.path);
  const absl::StatusOr<FileStat> stat = directory.ok() ? directory->Stat(".") : directory.status();
  if (stat.ok()) row.mode = stat->mode & 07777U;
  return row;
}

}  // namespace

std::vector<RootRow> RootRows(const HomeModel& home) {
  std::vector<RootRow> rows;
  for (const RootModel& root : home.roots) rows.push_back(RowOf(root));
  return rows;
}

std::string RootTableText(const std::vector<RootRow>& rows) {
  if (rows.empty()) return "no data root\n";
  Table table(
      {"LAYOUT", "APP", "IN USE", "SESSIONS", "MESSAGES", "RECORDS", "INDEXES", "NEWEST", "MODE", "OWNER", "ROOT"});
  for (const RootRow& row : rows) {
    table.Add({row.kind, row.app.empty() ? "-" : row.app, row.live ? "yes" : "no", std::to_string(row.sessions),
               std::to_string(row.message_count), std::to_string(row.record_count), std::to_string(row.index_count),
               row.newest_ms == 0 ? "-" : TimeText(row.newest_ms), OctalText(row.mode), std::to_string(row.owner),
               row.path});
  }
  return table.Text();
}

nlohmann::ordered_json RootTableJson(const std::vector<RootRow>& rows) {
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const RootRow& row : rows) {
    list.push_back({{"kind", row.kind},
                    {"app", ToUtf8(row.app)},
                    {"path", ToUtf8(row.path)},
                    {"infos", ToUtf8(row.infos)},
                    {"messages", ToUtf8(row.messages)},
                    {"records", ToUtf8(row.records)},
                    {"indexes", ToUtf8(row.indexes)},
                    {"mode", OctalText(row.mode)},
                    {"owner", row.owner},
                    {"live", row.live},
                    {"sessions", row.sessions},
                    {"message_count", row.message_count},
                    {"record_count", row.record_count},
                    {"index_count", row.index_count},
                    {"newest", row.newest_ms}});
  }
  return list;
}

}  // namespace fleet::agent
