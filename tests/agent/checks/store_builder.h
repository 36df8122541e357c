#pragma once

#include <string>
#include <vector>

#include "agent/checks/check.h"
#include "agent/checks/home_model.h"
#include "agent/store/session_id.h"
#include "common/sha256.h"

namespace fleet::agent {

// A Tuesday in July 2025, an hour after everything a StoreBuilder makes unless told otherwise.
inline constexpr std::int64_t kNowMs = 1'751'966'000'000;
inline constexpr std::int64_t kWrittenMs = kNowMs - 3'600'000;

// The n-th session id; ids and the times in them differ by a second each.
inline std::string Ses(int n) { return MakeId("ses", kWrittenMs + n * 1000, 1, "abcdefghijklmn"); }

inline FileStat StatAt(std::int64_t mtime_ms, std::int64_t size = 100) {
  FileStat stat;
  stat.size = size;
  stat.mtime_ns = mtime_ms * 1'000'000;
  return stat;
}

// Fills a model as reading a healthy root would, but for what a test takes away or adds.
class StoreBuilder {
 public:
  explicit StoreBuilder(RootKind kind = RootKind::kProgram, const std::string& path = "/d/dgmo/project/p") {
    model.root = {kind, path, "dgmo", "p", 0};
    model.has_app_file = true;
    model.has_config_file = kind == RootKind::kGuide;
    model.directories = {"storage", "storage/session", "storage/session/info", "storage/session/message"};
    if (kind == RootKind::kGuide) model.directories.merge(std::set<std::string>{"sessions", "logs"});
  }

  StoreBuilder& Info(const std::string& id, const std::string& parent = "", const std::string& title = "A title") {
    SessionInfo& info = model.sessions[id];
    info.document.id = id;
    info.document.title = title;
    info.document.parent = parent;
    info.document.parent_kind = parent.empty() ? SessionDocument::Parent::kAbsent : SessionDocument::Parent::kId;
    info.document.created = static_cast<double>(IdTimeMs(id, kNowMs).value_or(kWrittenMs));
    info.document.updated = info.document.created;
    info.path = PathOf(DocumentClass::kSession, id);
    info.stat = StatAt(mtime_ms);
    return *this;
  }
  StoreBuilder& Messages(const std::string& id, std::int64_t count = 2) {
    model.conversations[id] = {
        "storage/session/message/" + id, count, 0, 100 * count, kWrittenMs, kWrittenMs, mtime_ms};
    return *this;
  }
  // A session as it should be: listed, with messages.
  StoreBuilder& Session(const std::string& id, const std::string& parent = "") { return Info(id, parent).Messages(id); }

  StoreBuilder& Record(const std::string& id, const std::string& parent) {
    SubsessionRecord& record = model.records[id];
    record.document = {id, parent, "An agent", "completed", static_cast<double>(kWrittenMs), {}, kWrittenMs + 1000.0};
    record.path = PathOf(DocumentClass::kSubsession, id);
    record.stat = StatAt(mtime_ms);
    return *this;
  }
  StoreBuilder& Index(const std::string& parent, const std::vector<std::string>& entries) {
    SubsessionIndex& index = model.indexes[parent];
    for (const std::string& entry : entries) index.document.entries.push_back({true, entry});
    index.path = PathOf(DocumentClass::kIndex, parent);
    index.stat = StatAt(mtime_ms);
    return *this;
  }
  // A main session 1 that started the sessions 2 and 3; nothing is wrong with any of them.
  StoreBuilder& Family() {
    return Session(Ses(1))
        .Session(Ses(2), Ses(1))
        .Session(Ses(3), Ses(1))
        .Record(Ses(2), Ses(1))
        .Record(Ses(3), Ses(1))
        .Index(Ses(1), {Ses(2), Ses(3)});
  }
  // A message that a rule speaks of, of a session that has messages; an answer that is as it should be until changed.
  NotedMessage& Note(const std::string& session, const std::string& message) {
    const std::string path = model.conversations.at(session).path + "/" + message + ".json";
    NotedMessage& noted = model.conversations.at(session).noted[path];
    noted.assistant = noted.completed = noted.has_assistant_section = true;
    noted.created_ms = kWrittenMs;
    noted.stat = StatAt(mtime_ms);
    return noted;
  }
  StoreBuilder& Damage(const std::string& path, FaultKind kind) {
    DamagedDocument& damaged = model.damaged[path];
    damaged.place = LayoutOf(model.root.kind).place(path, false);
    damaged.fault.kind = kind;
    damaged.fault.offset = 7;
    damaged.stat = StatAt(mtime_ms, 4);
    damaged.head_hex = HexText("null");
    return *this;
  }
  StoreBuilder& AddStray(const std::string& path, Stray::Kind kind, const std::string& target = "",
                         std::int64_t litter_ms = 0) {
    Stray& stray = model.strays[path];
    stray.kind = kind;
    stray.place = LayoutOf(model.root.kind).place(target.empty() ? path : target, false);
    stray.stat = StatAt(mtime_ms);
    stray.target = target;
    stray.litter_ms = litter_ms;
    return *this;
  }

  std::string PathOf(DocumentClass cls, const std::string& id) const {
    return LayoutOf(model.root.kind).path_of(cls, id, id);
  }

  RootModel model;
  std::int64_t mtime_ms = kWrittenMs;  // of what is added from here on
};

inline HomeModel HomeOf(std::vector<StoreBuilder> stores) {
  HomeModel home;
  home.home.path = "/home/mira";
  home.home.data_home = "/home/mira/.local/share";
  for (StoreBuilder& store : stores) home.roots.push_back(std::move(store.model));
  return home;
}

// The findings of one root by themselves, as "CODE subject", in order.
inline std::vector<Finding> CheckStore(const StoreBuilder& store) {
  HomeModel home;
  home.roots.push_back(store.model);
  return CheckHome(home, kNowMs);
}
inline std::vector<std::string> Names(const std::vector<Finding>& findings) {
  std::vector<std::string> names;
  for (const Finding& finding : findings) {
    names.push_back(finding.code + (finding.subject_id.empty() ? "" : " " + finding.subject_id));
  }
  return names;
}
inline std::vector<std::string> NamesIn(const StoreBuilder& store) { return Names(CheckStore(store)); }

}  // namespace fleet::agent
