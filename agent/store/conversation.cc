#include "agent/store/conversation.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <tuple>
#include <utility>

#include "agent/store/session_id.h"

namespace fleet::agent {

namespace {

std::int64_t Millis(double value) {
  return std::isfinite(value) && std::abs(value) < 9e15 ? static_cast<std::int64_t>(value) : 0;
}

// Whether it can be a time of dgmo's, in ms: neither seconds nor nonsense, so that an epoch can be told from it.
bool IsPlausible(std::int64_t ms) { return ms >= 100'000'000'000 && ms < 4'102'444'800'000; }

// A directory may hold the ids of two epochs, in which the order of ids is not the order of times.
void AddIdTime(Conversation& conversation, std::string_view id, std::int64_t created_ms) {
  const std::optional<std::int64_t> ms = IsPlausible(created_ms) ? IdTimeMs(id, created_ms) : std::nullopt;
  if (!ms) return;
  conversation.first_id_ms = conversation.first_id_ms == 0 ? *ms : std::min(conversation.first_id_ms, *ms);
  conversation.last_id_ms = std::max(conversation.last_id_ms, *ms);
}

bool IsNoted(const MessageDocument& message, const Place& place) {
  return message.id != place.subject || message.session != place.session || message.unresolved > 0 ||
         message.assistant != message.has_assistant_section || (message.assistant && !message.completed);
}

}  // namespace

void AddMessage(Conversation& conversation, const std::string& path, const Place& place, const MessageDocument& message,
                const FileStat& stat) {
  ++conversation.messages;
  conversation.bytes += stat.size;
  const std::int64_t created = Millis(message.created);
  const std::int64_t last = std::max(created, Millis(message.completed.value_or(0)));
  conversation.oldest_ms = conversation.oldest_ms == 0 ? created : std::min(conversation.oldest_ms, created);
  conversation.newest_ms = std::max(conversation.newest_ms, last);
  AddIdTime(conversation, place.subject, created);
  if (std::tie(created, place.subject) >= std::tie(conversation.last.created_ms, conversation.last.id)) {
    conversation.last.id = place.subject;  // in place: once a message, without allocating
    conversation.last.created_ms = created;
    conversation.last.has_error = message.has_error;
  }
  if (!IsNoted(message, place)) return;
  conversation.noted[path] = {.id = message.id == place.subject ? "" : message.id,
                              .session = message.session == place.session ? "" : message.session,
                              .assistant = message.assistant,
                              .completed = message.completed.has_value(),
                              .has_assistant_section = message.has_assistant_section,
                              .parts = message.parts,
                              .unresolved = message.unresolved,
                              .created_ms = created,
                              .stat = stat};
}

void RemoveMessage(Conversation& conversation, const std::string& path, const std::string& id) {
  conversation.noted.erase(path);
  if (conversation.last.id == id) {
    conversation.last.id.clear();
    conversation.last.has_error = false;
  }
  conversation.messages = std::max<std::int64_t>(0, conversation.messages - 1);
  if (conversation.messages > 0) return;
  Conversation empty;
  empty.path = std::move(conversation.path);
  empty.damaged = conversation.damaged;
  empty.last_mtime_ms = conversation.last_mtime_ms;
  conversation = std::move(empty);
}

}  // namespace fleet::agent
