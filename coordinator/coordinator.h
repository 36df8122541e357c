#pragma once

#include <absl/status/status.h>
#include <absl/status/statusor.h>
#include <grpcpp/server.h>

#include <memory>
#include <string>

#include "common/channel_args.h"
#include "common/clock.h"
#include "common/strand.h"
#include "coordinator/admin/admin_service.h"
#include "coordinator/admin/watch_hub.h"
#include "coordinator/core/core.h"
#include "coordinator/core/store.h"
#include "coordinator/escalation_config.h"
#include "coordinator/gateway/gateway.h"
#include "coordinator/gateway/stream_table.h"
#include "coordinator/messenger.h"

namespace fleet::coordinator {

struct CoordinatorSettings {
  std::string listen = kDefaultCoordinatorAddress;  // HOST:PORT; port 0 takes a free one
  GatewaySettings gateway;
};

// InvalidArgument when the address is not HOST:PORT, FailedPrecondition when it is not one of this machine only.
absl::Status CheckListen(const std::string& listen);

// Owns and wires the parts of one coordinator and starts and stops them in order; decides nothing. One thread.
class Coordinator {
 public:
  // Loads the state and serves. `clock` outlives it. Errors: the store cannot be read, the address cannot be
  // listened on.
  static absl::StatusOr<std::unique_ptr<Coordinator>> Start(CoordinatorSettings settings, std::unique_ptr<Store> store,
                                                            EscalationConfig escalation, const Clock& clock);
  ~Coordinator() { Stop(); }

  // Where it listens, with the port that was taken.
  const std::string& address() const { return address_; }
  grpc::Server& server() { return *server_; }

  // Closes all streams, shuts the server down while the core still runs, then stops the core. Not from a handler.
  void Stop();

 private:
  // Passes the core's effects to the edge.
  class Outputs final : public CoreOutputs {
   public:
    Outputs(StreamTable& streams, WatchHub& watchers, Messenger& messenger)
        : streams_(streams), watchers_(watchers), messenger_(messenger) {}
    void SendToStream(StreamId stream, v1::CoordinatorMessage message) override;
    void CloseStream(StreamId stream, const absl::Status& why) override;
    void DeliverNotice(const std::string& channel, const NoticeKey& key, Notice notice) override;
    void FleetChanged(const FleetEvent& event) override;

   private:
    StreamTable& streams_;
    WatchHub& watchers_;
    Messenger& messenger_;
  };

  Coordinator(CoordinatorSettings settings, std::unique_ptr<Store> store, EscalationConfig escalation,
              const Clock& clock);
  absl::Status Serve();
  void WatchSilence();

  const CoordinatorSettings settings_;
  const Clock& clock_;
  const std::unique_ptr<Store> store_;
  StreamTable streams_{clock_};
  WatchHub watchers_;
  Messenger messenger_;
  Outputs outputs_{streams_, watchers_, messenger_};
  Strand strand_;    // the core's
  Strand renderer_;  // the admin service's
  Core core_;
  Gateway gateway_;
  AdminService admin_;
  std::unique_ptr<grpc::Server> server_;
  std::string address_;
  bool stopped_ = false;
};

}  // namespace fleet::coordinator
