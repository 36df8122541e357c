#include "coordinator/messenger.h"

#include <spdlog/spdlog.h>

#include <utility>

namespace fleet::coordinator {

Messenger::Messenger(Channels channels, Done done) : done_(std::move(done)) {
  for (auto& [name, channel] : channels) lines_[name].channel = std::move(channel);
}

void Messenger::Deliver(const std::string& channel, const NoticeKey& key, Notice notice) {
  const auto line = lines_.find(channel);
  if (line == lines_.end()) {
    done_(key, {.outcome = Delivery::Outcome::kRefused,
                .thread = "",
                .detail = "no channel of that name is configured",
                .retry_after = {}});
    return;
  }
  line->second.strand.Post([this, line, key, notice = std::move(notice)] {
    if (stopping_) return;
    const Delivery delivery = line->second.channel->Deliver(notice);
    if (delivery.outcome != Delivery::Outcome::kDelivered) {
      spdlog::warn("notice_not_delivered channel={} incident={} again={} why=\"{}\"", line->first, notice.incident_id,
                   delivery.outcome == Delivery::Outcome::kAgain, delivery.detail);
    }
    done_(key, delivery);
  });
}

void Messenger::Stop() {
  stopping_ = true;
  for (auto& [name, line] : lines_) line.strand.Stop();
}

}  // namespace fleet::coordinator
