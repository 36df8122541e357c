#include "agent/store/model.h"

#include <algorithm>

#include "common/sha256.h"

namespace fleet::agent {

namespace {

constexpr std::size_t kHeadBytes = 64;

std::string ParentDirectory(const std::string& path) { return path.substr(0, path.rfind('/')); }

// One overload a kind of document; each knows where the model keeps it.
class Ingester {
 public:
  Ingester(RootModel& model, const std::string& path, const Place& place, const FileStat& stat)
      : model_(model), path_(path), place_(place), stat_(stat) {}

  void operator()(const Fault&) const {}  // kept by the caller, which has the bytes
  void operator()(const SessionDocument& document) const {
    const auto known = model_.sessions.find(place_.subject);
    if (known != model_.sessions.end() && known->second.rank < place_.rank) return;
    model_.sessions[place_.subject] = {document, path_, stat_, place_.rank};
  }
  void operator()(const MessageDocument& document) const {
    Conversation& conversation = model_.conversations[place_.session];
    if (conversation.path.empty()) conversation.path = ParentDirectory(path_);
    conversation.last_mtime_ms = std::max(conversation.last_mtime_ms, stat_.mtime_ms());
    AddMessage(conversation, path_, place_, document, stat_);
  }
  void operator()(const SubsessionDocument& document) const {
    model_.records[place_.subject] = {document, path_, stat_};
  }
  void operator()(const IndexDocument& document) const { model_.indexes[place_.subject] = {document, path_, stat_}; }
  void operator()(const GuideIndexDocument& document) const { model_.guide_index = GuideIndex{document, path_, stat_}; }
  void operator()(const OpaqueDocument&) const {}

 private:
  RootModel& model_;
  const std::string& path_;
  const Place& place_;
  const FileStat& stat_;
};

void KeepDamage(RootModel& model, const std::string& path, const Place& place, const FileStat& stat, const Fault& fault,
                std::string_view bytes) {
  DamagedDocument damaged{place, fault, stat, "", ""};
  if (fault.kind != FaultKind::kOversize) {
    damaged.sha256 = Sha256Hex(bytes);
    if (place.cls != DocumentClass::kMessage) damaged.head_hex = HexText(bytes.substr(0, kHeadBytes));
  }
  if (place.cls == DocumentClass::kMessage) {
    Conversation& conversation = model.conversations[place.session];
    if (conversation.path.empty()) conversation.path = ParentDirectory(path);
    ++conversation.damaged;
  }
  model.damaged[path] = std::move(damaged);
}

// Every entry of a map or set of paths that is at or below the path.
template <class ByPath>
void EraseBelow(ByPath& entries, const std::string& path) {
  entries.erase(path);
  entries.erase(entries.lower_bound(path + "/"), entries.lower_bound(path + "0"));  // '0' follows '/'
}

// All paths that a document may have begin with its usual one, but for the suffix. A guide root may also hold what the
// program writes. Asked for every session of a root by some repairs: never looks through all that is damaged.
bool HasDamaged(const RootModel& model, DocumentClass cls, std::string_view id) {
  constexpr std::string_view kSuffix = ".json";
  for (const Layout* layout : {&LayoutOf(model.root.kind), &kProgramLayout}) {
    std::string prefix = layout->path_of(cls, id, id);
    if (prefix.size() <= kSuffix.size()) continue;
    prefix.resize(prefix.size() - kSuffix.size());
    for (auto at = model.damaged.lower_bound(prefix); at != model.damaged.end() && at->first.starts_with(prefix);
         ++at) {
      if (at->second.place.cls == cls && at->second.place.subject == id) return true;
    }
  }
  return false;
}

}  // namespace

bool RootModel::HasInfoFile(std::string_view id) const {
  return sessions.count(std::string(id)) > 0 || HasDamaged(*this, DocumentClass::kSession, id);
}

bool RootModel::HasRecordFile(std::string_view id) const {
  return records.count(std::string(id)) > 0 || HasDamaged(*this, DocumentClass::kSubsession, id);
}

bool RootModel::HasMessages(std::string_view id) const {
  const auto conversation = conversations.find(std::string(id));
  return conversation != conversations.end() && conversation->second.messages + conversation->second.damaged > 0;
}

void Ingest(RootModel& model, const std::string& path, const FileStat& stat, const PaddedText& bytes,
            DocumentParser& parser) {
  Ingest(model, path, LayoutOf(model.root.kind).place(path, false), stat, bytes, parser);
}

void Ingest(RootModel& model, const std::string& path, const Place& place, const FileStat& stat,
            const PaddedText& bytes, DocumentParser& parser) {
  if (place.cls == DocumentClass::kApp && place.subject == "app") model.has_app_file = true;
  if (place.cls == DocumentClass::kConfig) model.has_config_file = true;
  if (place.cls == DocumentClass::kShare) model.shares.insert(place.subject);
  if (place.cls == DocumentClass::kNone || place.skip) return;
  ++model.stats.files;
  model.stats.bytes += stat.size;
  Document document;
  if (stat.size > SizeLimit(place.cls)) {
    document = Fault{FaultKind::kOversize, std::nullopt,
                     std::to_string(stat.size) + " bytes, the limit is " + std::to_string(SizeLimit(place.cls))};
  } else {
    document = parser.Parse(place.cls, bytes);
  }
  if (const Fault* fault = std::get_if<Fault>(&document)) {
    KeepDamage(model, path, place, stat, *fault, bytes.view());
  } else {
    std::visit(Ingester(model, path, place, stat), document);
  }
}

void Forget(RootModel& model, const std::string& path) {
  const Place place = LayoutOf(model.root.kind).place(path, false);
  const bool was_damaged = model.damaged.erase(path) > 0;
  const bool was_stray = model.strays.erase(path) > 0;
  const bool was_unreadable = model.unreadable.erase(path) > 0;
  if (place.cls == DocumentClass::kShare) model.shares.erase(place.subject);
  if (place.cls == DocumentClass::kApp && place.subject == "app") model.has_app_file = false;
  if (place.cls == DocumentClass::kConfig) model.has_config_file = false;
  if (place.cls == DocumentClass::kGuideIndex) model.guide_index.reset();
  const auto drop = [&](auto& documents) {
    const auto entry = documents.find(place.subject);
    if (entry != documents.end() && entry->second.path == path) documents.erase(entry);
  };
  if (place.cls == DocumentClass::kSession) drop(model.sessions);
  if (place.cls == DocumentClass::kSubsession) drop(model.records);
  if (place.cls == DocumentClass::kIndex) drop(model.indexes);
  if (place.cls != DocumentClass::kMessage || was_stray || was_unreadable) return;
  const auto conversation = model.conversations.find(place.session);
  if (conversation == model.conversations.end()) return;
  if (was_damaged) {
    conversation->second.damaged = std::max<std::int64_t>(0, conversation->second.damaged - 1);
  } else {
    RemoveMessage(conversation->second, path, place.subject);
  }
}

void ForgetConversation(RootModel& model, const std::string& session, const std::string& folder) {
  model.conversations.erase(session);
  EraseBelow(model.damaged, folder);
  EraseBelow(model.strays, folder);
  EraseBelow(model.unreadable, folder);
  EraseBelow(model.directories, folder);
  const auto info = model.sessions.find(session);
  if (info != model.sessions.end() && info->second.path.rfind(folder + "/", 0) == 0) model.sessions.erase(info);
}

}  // namespace fleet::agent
