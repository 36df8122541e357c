#include "coordinator/core/query_notices.h"

#include <absl/strings/numbers.h>

#include <algorithm>

#include "common/status.h"

namespace fleet::coordinator {

namespace {

// A token is the id of the last notice that was looked at: "<incident>-<number>".
absl::StatusOr<NoticeKey> KeyFromToken(std::string_view token) {
  NoticeKey key;
  const std::size_t dash = token.rfind('-');
  if (dash == std::string_view::npos || !absl::SimpleAtoi(std::string(token.substr(dash + 1)), &key.number)) {
    return InvalidArgument("the page token is not one of this list; start from the first page");
  }
  key.incident_id = std::string(token.substr(0, dash));
  return key;
}

bool Matches(const NoticeFilter& filter, const NoticeRow& row) {
  return filter.states.empty() ||
         std::find(filter.states.begin(), filter.states.end(), row.state) != filter.states.end();
}

}  // namespace

absl::StatusOr<Page<RowPtr<NoticeRow>>> ListNotices(const FleetState& state, const NoticeFilter& filter,
                                                    const PageRequest& request) {
  ASSIGN_OR_RETURN(const std::size_t size, PageSize(request));
  auto place = state.notices().lower_bound(NoticeKey{filter.incident_id, 0});
  if (!request.token.empty()) {
    ASSIGN_OR_RETURN(const NoticeKey after, KeyFromToken(request.token));
    place = state.notices().upper_bound(after);
  }
  Page<RowPtr<NoticeRow>> page;
  const NoticeKey* last = nullptr;
  for (int examined = 0; place != state.notices().end(); ++place, ++examined) {
    if (!filter.incident_id.empty() && place->first.incident_id != filter.incident_id) break;
    if (page.items.size() == size || examined == kMaxExamined) {
      page.next_token = NoticeId(*last);
      break;
    }
    last = &place->first;
    if (Matches(filter, *place->second)) page.items.push_back(place->second);
  }
  return page;
}

}  // namespace fleet::coordinator
