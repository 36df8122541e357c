#include "agent/store/model.h"

#include <algorithm>
#include <cmath>

#include "common/sha256.h"

namespace fleet::agent {

namespace {

constexpr std::size_t kHeadBytes = 64;

std::string ParentDirectory(const std::string& path) { return path.substr(0, path.rfind('/')); }

std::int64_t Millis(double value) {
  return std::isfinite(value) && std::abs(value) < 9e15 ? static_cast<std::int64_t>(value) : 0;
}

void AddMessage(Conversation& conversation, const MessageDocument& message, const FileStat& stat) {
  ++conversation.messages;
  conversation.bytes += stat.size;
  const std::int64_t created = Millis(message.created);
  const std::int64_t last = std::max(created, Millis(message.completed.value_or(0)));
  conversation.oldest_ms = conversation.oldest_ms == 0 ? created : std::min(conversation.oldest_ms, created);
  conversation.newest_ms = std::max(conversation.newest_ms, last);
}

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
    AddMessage(conversation, document, stat_);
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

bool HasDamaged(const RootModel& model, DocumentClass cls, std::string_view id) {
  return std::any_of(model.damaged.begin(), model.damaged.end(), [&](const auto& entry) {
    return entry.second.place.cls == cls && entry.second.place.subject == id;
  });
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
  const Place place = LayoutOf(model.root.kind).place(path, false);
  if (place.cls == DocumentClass::kApp) model.has_app_file = true;
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
  if (place.cls == DocumentClass::kApp) model.has_app_file = false;
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
  std::int64_t& count = was_damaged ? conversation->second.damaged : conversation->second.messages;
  count = std::max<std::int64_t>(0, count - 1);
}

}  // namespace fleet::agent
