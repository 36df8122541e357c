#include "agent/backup/member_place.h"

#include "agent/store/layout.h"
#include "agent/store/session_id.h"

namespace fleet::agent {

namespace {

bool StartsWith(std::string_view text, std::string_view start) { return text.substr(0, start.size()) == start; }

bool IsOfSession(DocumentClass cls) {
  return cls == DocumentClass::kSession || cls == DocumentClass::kMessage || cls == DocumentClass::kSubsession ||
         cls == DocumentClass::kIndex;
}

// Of a path that begins at a root, at its storage, or at its session folder.
Place PlaceIn(std::string_view rest) {
  if (StartsWith(rest, "storage/session/")) return kProgramLayout.place(rest, false);
  if (StartsWith(rest, "sessions/")) {
    const Place place = kGuideLayout.place(rest, false);
    if (IsOfSession(place.cls)) return place;
    return PlaceIn(rest.substr(9));  // also the name that an old script gave to the session folder
  }
  if (StartsWith(rest, "session/")) return PlaceIn("storage/" + std::string(rest));
  for (const std::string_view folder : {"info/", "message/", "sub-sessions/", "sub-session-index/"}) {
    if (StartsWith(rest, folder)) return PlaceIn("storage/session/" + std::string(rest));
  }
  return {};
}

MemberPlace Describe(const Place& place, std::string_view key) {
  MemberPlace member{.cls = place.cls, .root_key = std::string(key), .subject = place.subject, .session = ""};
  const std::string& session = place.cls == DocumentClass::kMessage ? place.session : place.subject;
  if (place.cls != DocumentClass::kIndex && IsWellFormedId(session, "ses")) member.session = session;
  return member;
}

}  // namespace

MemberPlace PlaceOfMember(std::string_view path, const std::set<std::string>& known_keys) {
  for (const std::string& key : known_keys) {
    if (!StartsWith(path, key + "/")) continue;
    const Place place = PlaceIn(path.substr(key.size() + 1));
    if (IsOfSession(place.cls)) return Describe(place, key);
  }
  for (std::size_t begin = 0; begin < path.size();) {
    const Place place = PlaceIn(path.substr(begin));
    if (IsOfSession(place.cls)) return Describe(place, path.substr(0, begin == 0 ? 0 : begin - 1));
    const std::size_t slash = path.find('/', begin);
    if (slash == std::string_view::npos) break;
    begin = slash + 1;
  }
  return {};
}

}  // namespace fleet::agent
