#pragma once

#include <atomic>
#include <memory>

#include "common/clock.h"
#include "common/executor.h"
#include "coordinator/admin/unary_call.h"
#include "coordinator/admin/watch_hub.h"
#include "coordinator/admin/wire.h"
#include "coordinator/core/core.h"
#include "dgmo/fleet/v1/fleet_admin.grpc.pb.h"

namespace fleet::coordinator {

// What the service uses; all of it outlives the service.
struct AdminParts {
  Core& core;
  // Renders answers, so that the core does not stand still meanwhile.
  Executor& renderer;
  const Clock& clock;
  WatchHub& watchers;
  LastHeard last_heard;
};

// What admins ask for. Each call takes what it needs from the core as pointers to rows and renders it elsewhere.
// Any thread. Destroy it after the server was shut down and both executors have stopped.
class AdminService final : public v1::FleetAdmin::CallbackService {
 public:
  static constexpr int kMaxCalls = 256;  // under way at once

  explicit AdminService(AdminParts parts) : parts_(std::move(parts)) {}

  using Unary = grpc::ServerUnaryReactor;
  using Context = grpc::CallbackServerContext;
  Unary* GetOverview(Context*, const v1::GetOverviewRequest*, v1::Overview*) override;
  Unary* ListAgents(Context*, const v1::ListAgentsRequest*, v1::ListAgentsResponse*) override;
  Unary* GetAgent(Context*, const v1::GetAgentRequest*, v1::GetAgentResponse*) override;
  Unary* ListIncidents(Context*, const v1::ListIncidentsRequest*, v1::ListIncidentsResponse*) override;
  Unary* GetIncident(Context*, const v1::GetIncidentRequest*, v1::Incident*) override;
  Unary* AcknowledgeIncident(Context*, const v1::AcknowledgeIncidentRequest*, v1::Incident*) override;
  Unary* ReleaseIncident(Context*, const v1::ReleaseIncidentRequest*, v1::Incident*) override;
  Unary* NoteIncident(Context*, const v1::NoteIncidentRequest*, v1::Incident*) override;
  Unary* ListNotices(Context*, const v1::ListNoticesRequest*, v1::ListNoticesResponse*) override;
  Unary* PlanDispatch(Context*, const v1::PlanDispatchRequest*, v1::DispatchPlan*) override;
  Unary* StartDispatch(Context*, const v1::StartDispatchRequest*, v1::Dispatch*) override;
  Unary* GetDispatch(Context*, const v1::GetDispatchRequest*, v1::Dispatch*) override;
  Unary* ListDispatches(Context*, const v1::ListDispatchesRequest*, v1::ListDispatchesResponse*) override;
  Unary* CancelDispatch(Context*, const v1::CancelDispatchRequest*, v1::Dispatch*) override;
  grpc::ServerWriteReactor<v1::FleetEvent>* Watch(Context*, const v1::WatchRequest*) override;

 private:
  template <class Reply, class Query, class Render>
  Unary* Ask(Reply* reply, Query query, Render render);
  template <class Reply>
  std::shared_ptr<UnaryCall<Reply>> Begin(Reply* reply);
  template <class Reply>
  bool IsTooMuch(UnaryCall<Reply>& call);
  // `begun` hands the core what is asked for, and what it is to be done with.
  template <class View, class Reply, class Begun>
  Unary* Change(Reply* reply, Begun begun);
  // Renders the view that the core gives, or its refusal, as the answer.
  template <class View, class Reply>
  absl::AnyInvocable<void(absl::StatusOr<View>)> AnswerWith(std::shared_ptr<UnaryCall<Reply>> call);

  const AdminParts parts_;
  const std::shared_ptr<std::atomic<int>> under_way_ = std::make_shared<std::atomic<int>>(0);
};

}  // namespace fleet::coordinator
