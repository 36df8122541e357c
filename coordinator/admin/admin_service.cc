#include "coordinator/admin/admin_service.h"

#include <utility>
#include <vector>

#include "common/status.h"
#include "coordinator/admin/requests.h"

namespace fleet::coordinator {

namespace {

constexpr std::size_t kMaxFindings = 1000;
constexpr std::size_t kMaxAgentCommands = 20;
constexpr std::size_t kMaxDispatchCommands = 1000;

absl::StatusOr<AgentView> ViewOf(const FleetState& state, const std::string& name) {
  AgentView view;
  ASSIGN_OR_RETURN(view.agent, FindAgent(state, name));
  view.findings = FindingsOf(state, view.agent->id, kMaxFindings);
  view.commands = CommandsOf(state, view.agent->id, kMaxAgentCommands);
  return view;
}

// Asks for a page of a list, unless the filter was refused.
template <class Row, class Filter>
auto Listed(absl::StatusOr<Filter> filter, PageRequest page,
            absl::StatusOr<Page<RowPtr<Row>>> (*list)(const FleetState&, const Filter&, const PageRequest&)) {
  return [filter = std::move(filter), page = std::move(page),
          list](const FleetState& state) -> absl::StatusOr<Page<RowPtr<Row>>> {
    if (!filter.ok()) return filter.status();
    return list(state, *filter, page);
  };
}

// Deletes itself when gRPC has let go of it.
class RefusedWatch final : public grpc::ServerWriteReactor<v1::FleetEvent> {
 public:
  explicit RefusedWatch(const grpc::Status& why) { Finish(why); }

 private:
  void OnDone() override { delete this; }
};

}  // namespace

template <class Reply>
std::shared_ptr<UnaryCall<Reply>> AdminService::Begin(Reply* reply) {
  return UnaryCall<Reply>::Start(reply, under_way_);
}

template <class Reply>
bool AdminService::IsTooMuch(UnaryCall<Reply>& call) {
  if (*under_way_ <= kMaxCalls) return false;
  call.Answer(ResourceExhausted("more than 256 requests are under way here; try again in a moment"));
  return true;
}

// `query` runs on the core's strand and takes pointers to rows; `render` makes them into the reply.
template <class Reply, class Query, class Render>
grpc::ServerUnaryReactor* AdminService::Ask(Reply* reply, Query query, Render render) {
  auto call = Begin(reply);
  if (IsTooMuch(*call)) return call.get();
  parts_.core.Read([this, call, query = std::move(query), render = std::move(render)](const FleetState& state) mutable {
    parts_.renderer.Post([call = std::move(call), found = query(state), render = std::move(render)]() mutable {
      if (!found.ok()) return call->Answer(found.status());
      call->Answer(render(*found));
    });
  });
  return call.get();
}

grpc::ServerUnaryReactor* AdminService::GetOverview(Context*, const v1::GetOverviewRequest* request,
                                                    v1::Overview* reply) {
  return Ask(
      reply, [limit = request->limit()](const FleetState& state) { return coordinator::GetOverview(state, limit); },
      [this](const FleetOverview& overview) {
        return ToWire(overview, ToMillis(parts_.clock.Now()), parts_.last_heard);
      });
}

grpc::ServerUnaryReactor* AdminService::ListAgents(Context*, const v1::ListAgentsRequest* request,
                                                   v1::ListAgentsResponse* reply) {
  const auto query = Listed(FilterOf(*request), PageOf(*request), coordinator::ListAgents);
  return Ask(reply, query, [this](const Page<RowPtr<AgentRow>>& page) {
    v1::ListAgentsResponse response;
    for (const auto& row : page.items) *response.add_agents() = ToWire(*row, parts_.last_heard);
    response.set_next_page_token(page.next_token);
    return response;
  });
}

grpc::ServerUnaryReactor* AdminService::GetAgent(Context*, const v1::GetAgentRequest* request,
                                                 v1::GetAgentResponse* reply) {
  return Ask(
      reply, [name = request->agent()](const FleetState& state) { return ViewOf(state, name); },
      [this](const AgentView& view) { return ToWire(view, parts_.last_heard); });
}

grpc::ServerUnaryReactor* AdminService::ListIncidents(Context*, const v1::ListIncidentsRequest* request,
                                                      v1::ListIncidentsResponse* reply) {
  const auto query = Listed(FilterOf(*request), PageOf(*request), coordinator::ListIncidents);
  return Ask(reply, query, [](const Page<RowPtr<IncidentRow>>& page) {
    v1::ListIncidentsResponse response;
    for (const auto& row : page.items) *response.add_incidents() = ToWire(*row);
    response.set_next_page_token(page.next_token);
    return response;
  });
}

grpc::ServerUnaryReactor* AdminService::GetIncident(Context*, const v1::GetIncidentRequest* request,
                                                    v1::Incident* reply) {
  return Ask(
      reply, [id = request->incident_id()](const FleetState& state) { return coordinator::GetIncident(state, id); },
      [](const IncidentView& view) { return ToWire(view); });
}

grpc::ServerUnaryReactor* AdminService::ListNotices(Context*, const v1::ListNoticesRequest* request,
                                                    v1::ListNoticesResponse* reply) {
  const auto query = Listed(FilterOf(*request), PageOf(*request), coordinator::ListNotices);
  return Ask(reply, query, [](const Page<RowPtr<NoticeRow>>& page) {
    v1::ListNoticesResponse response;
    for (const auto& row : page.items) *response.add_notices() = ToWire(*row);
    response.set_next_page_token(page.next_token);
    return response;
  });
}

grpc::ServerUnaryReactor* AdminService::PlanDispatch(Context*, const v1::PlanDispatchRequest* request,
                                                     v1::DispatchPlan* reply) {
  return Ask(
      reply,
      [wanted = *request](const FleetState& state) {
        return coordinator::PlanDispatch(state, wanted.selector(), wanted.action());
      },
      [](const DispatchPlan& plan) { return ToWire(plan); });
}

grpc::ServerUnaryReactor* AdminService::GetDispatch(Context*, const v1::GetDispatchRequest* request,
                                                    v1::Dispatch* reply) {
  return Ask(
      reply,
      [id = request->dispatch_id()](const FleetState& state) {
        return coordinator::GetDispatch(state, id, kMaxDispatchCommands);
      },
      [](const DispatchView& view) { return ToWire(view); });
}

grpc::ServerUnaryReactor* AdminService::ListDispatches(Context*, const v1::ListDispatchesRequest* request,
                                                       v1::ListDispatchesResponse* reply) {
  const auto query = [page = PageOf(*request)](const FleetState& state) {
    return coordinator::ListDispatches(state, page);
  };
  return Ask(reply, query, [](const Page<DispatchView>& page) {
    v1::ListDispatchesResponse response;
    for (const DispatchView& view : page.items) *response.add_dispatches() = ToWire(view);
    response.set_next_page_token(page.next_token);
    return response;
  });
}

template <class View, class Reply, class Begun>
grpc::ServerUnaryReactor* AdminService::Change(Reply* reply, Begun begun) {
  auto call = Begin(reply);
  if (!IsTooMuch(*call)) begun(AnswerWith<View>(call));
  return call.get();
}

template <class View, class Reply>
absl::AnyInvocable<void(absl::StatusOr<View>)> AdminService::AnswerWith(std::shared_ptr<UnaryCall<Reply>> call) {
  return [this, call = std::move(call)](absl::StatusOr<View> view) mutable {
    parts_.renderer.Post([call = std::move(call), view = std::move(view)] {
      if (!view.ok()) return call->Answer(view.status());
      call->Answer(ToWire(*view));
    });
  };
}

grpc::ServerUnaryReactor* AdminService::AcknowledgeIncident(Context*, const v1::AcknowledgeIncidentRequest* request,
                                                            v1::Incident* reply) {
  return Change<IncidentView>(reply, [&](auto done) { parts_.core.AcknowledgeIncident(*request, std::move(done)); });
}

grpc::ServerUnaryReactor* AdminService::ReleaseIncident(Context*, const v1::ReleaseIncidentRequest* request,
                                                        v1::Incident* reply) {
  return Change<IncidentView>(reply, [&](auto done) { parts_.core.ReleaseIncident(*request, std::move(done)); });
}

grpc::ServerUnaryReactor* AdminService::NoteIncident(Context*, const v1::NoteIncidentRequest* request,
                                                     v1::Incident* reply) {
  return Change<IncidentView>(reply, [&](auto done) { parts_.core.NoteIncident(*request, std::move(done)); });
}

grpc::ServerUnaryReactor* AdminService::StartDispatch(Context*, const v1::StartDispatchRequest* request,
                                                      v1::Dispatch* reply) {
  return Change<DispatchView>(reply, [&](auto done) { parts_.core.StartDispatch(*request, std::move(done)); });
}

grpc::ServerUnaryReactor* AdminService::CancelDispatch(Context*, const v1::CancelDispatchRequest* request,
                                                       v1::Dispatch* reply) {
  return Change<DispatchView>(reply,
                              [&](auto done) { parts_.core.CancelDispatch(request->dispatch_id(), std::move(done)); });
}

grpc::ServerWriteReactor<v1::FleetEvent>* AdminService::Watch(Context*, const v1::WatchRequest*) {
  const auto stream =
      parts_.watchers.Open([this](const FleetEvent& event) { return ToWire(event, parts_.last_heard); });
  if (!stream.ok()) return new RefusedWatch(ToGrpc(stream.status()));
  return *stream;
}

}  // namespace fleet::coordinator
