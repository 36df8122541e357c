#include "agent/repair/idle_sessions.h"

#include <algorithm>
#include <map>

#include "agent/store/session_family.h"
#include "common/utf8.h"

namespace fleet::agent {

namespace {

class Families {
 public:
  explicit Families(const RootModel& model) : model_(model) {}

  std::vector<SessionFamily> All() {
    for (const auto& [id, session] : model_.sessions) AddSession(id, session);
    for (const auto& [id, conversation] : model_.conversations) AddConversation(id, conversation);
    for (const auto& [id, record] : model_.records) AddRecord(id, record);
    for (const auto& [path, damaged] : model_.damaged) {
      const std::string& id = damaged.place.session.empty() ? damaged.place.subject : damaged.place.session;
      Of(id).obstacle = Refusal{"damaged", ToUtf8(path) + " is damaged; have it repaired first"};
    }
    for (const std::string& id : model_.shares) Share(id);
    std::vector<SessionFamily> all;
    for (auto& [top, family] : families_) {
      if (model_.sessions.contains(top)) all.push_back(std::move(family));
    }
    return all;
  }

 private:
  SessionFamily& Of(const std::string& id) {
    SessionFamily& family = families_[TopOfFamily(model_, id)];
    family.ids.insert(id);
    return family;
  }

  static void Touch(SessionFamily& family, double ms) {
    family.last_ms = std::max(family.last_ms, static_cast<std::int64_t>(ms));
  }

  void AddSession(const std::string& id, const SessionInfo& session) {
    SessionFamily& family = Of(id);
    Touch(family, std::max(session.document.updated, session.document.created));
    if (session.document.shared) Share(id);
    const std::string top = TopOfFamily(model_, id);
    if (top != id) return;
    family.top = id;
    family.title = session.document.title;
  }

  void AddConversation(const std::string& id, const Conversation& conversation) {
    SessionFamily& family = Of(id);
    Touch(family, static_cast<double>(conversation.newest_ms));
    family.messages += conversation.messages;
    family.bytes += conversation.bytes;
  }

  void AddRecord(const std::string& id, const SubsessionRecord& record) {
    Touch(Of(id), std::max(record.document.created_at, record.document.completed_at.value_or(0)));
  }

  void Share(const std::string& id) {
    Of(id).obstacle = Refusal{"shared", "session " + ToUtf8(id) + " is shared; end the share in dgmo first"};
  }

  const RootModel& model_;
  std::map<std::string, SessionFamily> families_;
};

}  // namespace

std::vector<SessionFamily> FamiliesOf(const RootModel& model) { return Families(model).All(); }

}  // namespace fleet::agent
