#include "coordinator/admin/watch_stream.h"

#include <utility>

namespace fleet::coordinator {

WatchStream::WatchStream(Render render, Closed closed) : render_(std::move(render)), closed_(std::move(closed)) {
  StartSendInitialMetadata();  // tells the caller that it misses nothing from here on
}

void WatchStream::Offer(const FleetEvent& event) {
  MutexLock lock(mu_);
  if (closing_) return;
  if (dropped_ > 0 || queue_.size() >= kMaxQueued) {
    ++dropped_;
    dropped_at_ms_ = event.at_ms;
    return;
  }
  queue_.push_back(event);
  Advance();
}

void WatchStream::Close(grpc::Status status) {
  MutexLock lock(mu_);
  if (closing_) return;
  closing_ = true;
  status_ = std::move(status);
  Advance();
}

void WatchStream::OnWriteDone(bool ok) {
  MutexLock lock(mu_);
  writing_ = false;
  if (!ok && !closing_) {
    closing_ = true;
    status_ = grpc::Status::CANCELLED;
  }
  Advance();
}

void WatchStream::OnDone() {
  const Closed closed = closed_;  // this stream goes while it runs
  closed(this);
}

bool WatchStream::TakeNext() {
  if (!queue_.empty()) {
    out_ = render_(queue_.front());
    queue_.pop_front();
    return true;
  }
  if (dropped_ == 0) return false;
  out_.Clear();
  out_.set_at_ms(dropped_at_ms_);
  out_.set_gap(std::exchange(dropped_, 0));
  return true;
}

void WatchStream::Advance() {
  if (finished_ || writing_) return;
  if (closing_) {
    finished_ = true;
    Finish(status_);
  } else if (TakeNext()) {
    writing_ = true;
    StartWrite(&out_);
  }
}

}  // namespace fleet::coordinator
