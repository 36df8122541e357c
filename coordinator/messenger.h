#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "common/strand.h"
#include "coordinator/channels/channel.h"
#include "coordinator/core/rows.h"

namespace fleet::coordinator {

using Channels = std::map<std::string, std::unique_ptr<Channel>>;

// Delivers notices, each channel on a thread of its own, so that none that hangs holds up the others. Any thread.
class Messenger {
 public:
  // `done` is told how each attempt ended, on the channel's thread.
  using Done = std::function<void(const NoticeKey& key, const Delivery& delivery)>;
  Messenger(Channels channels, Done done);

  // One attempt. A channel that is not configured any more refuses.
  void Deliver(const std::string& channel, const NoticeKey& key, Notice notice);

  // Waits for the attempts that are under way; the others are not made.
  void Stop();

 private:
  struct Line {
    std::unique_ptr<Channel> channel;
    Strand strand;
  };
  std::map<std::string, Line> lines_;
  const Done done_;
  std::atomic<bool> stopping_ = false;
};

}  // namespace fleet::coordinator
