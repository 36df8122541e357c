#include "agent/watch/store_event.h"

namespace fleet::agent {

namespace {

StoreEvent EventAbout(std::string_view kind, const RootModel& root, const std::string& path,
                      const std::string& session) {
  StoreEvent event;
  event.kind = kind;
  event.root = root.root.path;
  event.path = root.root.path + "/" + path;
  event.session_id = session;
  event.parent_id = ParentIn(root, session);
  return event;
}

// Calls with every key of either map, and what the maps hold there or null.
template <class Map, class Visit>
void Compare(const Map& before, const Map& after, Visit visit) {
  auto old = before.begin();
  auto now = after.begin();
  while (old != before.end() || now != after.end()) {
    if (now == after.end() || (old != before.end() && old->first < now->first)) {
      visit(old->first, &old->second, static_cast<const typename Map::mapped_type*>(nullptr));
      ++old;
    } else if (old == before.end() || now->first < old->first) {
      visit(now->first, static_cast<const typename Map::mapped_type*>(nullptr), &now->second);
      ++now;
    } else {
      visit(now->first, &old->second, &now->second);
      ++old;
      ++now;
    }
  }
}

void DiffSessions(const RootModel& before, const RootModel& after, std::vector<StoreEvent>& events) {
  Compare(before.sessions, after.sessions, [&](const std::string& id, const SessionInfo* old, const SessionInfo* now) {
    if (old == nullptr) {
      events.push_back(EventAbout("session_created", after, now->path, id));
    } else if (now == nullptr) {
      // Damaged is not deleted: a finding says that.
      if (!after.HasInfoFile(id)) events.push_back(EventAbout("session_deleted", before, old->path, id));
    } else if (!(old->stat == now->stat)) {
      events.push_back(EventAbout("session_updated", after, now->path, id));
    }
  });
}

void DiffRecords(const RootModel& before, const RootModel& after, std::vector<StoreEvent>& events) {
  const auto visit = [&](const std::string& id, const SubsessionRecord* old, const SubsessionRecord* now) {
    if (now == nullptr) {
      if (!after.HasRecordFile(id)) events.push_back(EventAbout("subsession_deleted", before, old->path, id));
      return;
    }
    if (old != nullptr && old->document.status == now->document.status) return;
    StoreEvent event =
        EventAbout(old == nullptr ? "subsession_created" : "subsession_status_changed", after, now->path, id);
    event.parent_id = now->document.parent;
    if (old != nullptr) event.facts["old_status"] = old->document.status;
    event.facts[old == nullptr ? "status" : "new_status"] = now->document.status;
    events.push_back(std::move(event));
  };
  Compare(before.records, after.records, visit);
}

void DiffIndexes(const RootModel& before, const RootModel& after, std::vector<StoreEvent>& events) {
  const auto count = [](const SubsessionIndex* index) {
    return index == nullptr ? std::int64_t{0} : static_cast<std::int64_t>(index->document.entries.size());
  };
  Compare(before.indexes, after.indexes,
          [&](const std::string& parent, const SubsessionIndex* old, const SubsessionIndex* now) {
            if (old != nullptr && now != nullptr && old->stat == now->stat) return;
            StoreEvent event = EventAbout("index_changed", after, (now == nullptr ? old : now)->path, parent);
            event.facts["before"] = count(old);
            event.facts["after"] = count(now);
            events.push_back(std::move(event));
          });
}

void DiffLitter(const RootModel& before, std::int64_t before_ms, const RootModel& after, std::int64_t after_ms,
                std::vector<StoreEvent>& events) {
  for (const auto& [path, stray] : after.strays) {
    if (stray.kind != Stray::Kind::kLitter) continue;
    const std::string& session = stray.place.session.empty() ? stray.place.subject : stray.place.session;
    const bool is_new = !before.strays.contains(path);
    if (is_new) events.push_back(EventAbout("tmp_created", after, path, session));
    const std::int64_t stale_at = stray.stat.mtime_ms() + kLeftOverMs;
    if (after_ms <= stale_at || (!is_new && before_ms > stale_at)) continue;
    events.push_back(EventAbout("tmp_stale", after, path, session));
    events.back().facts["age_ms"] = after_ms - stray.stat.mtime_ms();
  }
}

}  // namespace

const std::vector<std::string_view>& EventKinds() {
  static const std::vector<std::string_view> kKinds = {
      "watch_started",   "session_created",    "session_updated",    "session_deleted",
      "message_written", "subsession_created", "subsession_deleted", "subsession_status_changed",
      "index_changed",   "tmp_created",        "tmp_stale",          "config_changed",
      "log_error",       "qdrant_up",          "qdrant_down",        "finding_opened",
      "finding_closed",  "events_dropped"};
  return kKinds;
}

std::vector<StoreEvent> Diff(const RootModel& before, std::int64_t before_ms, const RootModel& after,
                             std::int64_t after_ms) {
  std::vector<StoreEvent> events;
  DiffSessions(before, after, events);
  DiffRecords(before, after, events);
  DiffIndexes(before, after, events);
  DiffLitter(before, before_ms, after, after_ms, events);
  return events;
}

std::vector<StoreEvent> Diff(const std::map<std::string, Finding>& before,
                             const std::map<std::string, Finding>& after) {
  std::vector<StoreEvent> events;
  Compare(before, after, [&](const std::string&, const Finding* old, const Finding* now) {
    if (old != nullptr && now != nullptr) return;
    const Finding& finding = now == nullptr ? *old : *now;
    StoreEvent event;
    event.kind = now == nullptr ? "finding_closed" : "finding_opened";
    event.root = finding.root;
    event.path = finding.path;
    event.session_id = finding.subject_id;
    event.facts["code"] = finding.code;
    event.facts["severity"] = std::string(SeverityText(finding.severity));
    const auto parent = finding.evidence.find("parent");
    const std::string* id = parent == finding.evidence.end() ? nullptr : std::get_if<std::string>(&parent->second);
    if (id != nullptr) event.parent_id = *id;
    events.push_back(std::move(event));
  });
  return events;
}

std::string ParentIn(const RootModel& root, const std::string& session) {
  const auto info = root.sessions.find(session);
  if (info != root.sessions.end()) return info->second.document.parent;
  const auto record = root.records.find(session);
  return record == root.records.end() ? "" : record->second.document.parent;
}

}  // namespace fleet::agent
