import ca.uhn.fhir.context.FhirContext;
import ca.uhn.fhir.rest.annotation.Transaction;
import ca.uhn.fhir.rest.annotation.TransactionParam;
import ca.uhn.fhir.rest.api.MethodOutcome;
import ca.uhn.fhir.rest.server.exceptions.BaseServerResponseException;
import ca.uhn.fhir.rest.server.exceptions.InvalidRequestException;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;
import org.hl7.fhir.r4.model.Bundle;
import org.hl7.fhir.r4.model.Bundle.BundleEntryComponent;
import org.hl7.fhir.r4.model.IdType;
import org.hl7.fhir.r4.model.Resource;

/** Transaction and batch bundles over the stores. HAPI's plain server leaves these to its user. */
public class Transactions {
  private final FhirContext context;
  private final Map<String, Store<? extends Resource>> stores;

  public Transactions(FhirContext context, Map<String, Store<? extends Resource>> stores) {
    this.context = context;
    this.stores = stores;
  }

  @Transaction
  public synchronized Bundle transaction(@TransactionParam Bundle in) {
    boolean whole = in.getType() == Bundle.BundleType.TRANSACTION;
    Map<String, Map<String, ?>> before = new HashMap<>();
    stores.forEach((name, store) -> before.put(name, store.snapshot()));
    Map<String, String> ids = assign(in);
    Bundle out = new Bundle().setType(whole ? Bundle.BundleType.TRANSACTIONRESPONSE : Bundle.BundleType.BATCHRESPONSE);
    for (BundleEntryComponent entry : in.getEntry()) {
      try {
        out.addEntry(answer(entry, ids));
      } catch (BaseServerResponseException e) {
        if (whole) {
          before.forEach((name, held) -> stores.get(name).restore(held));
          throw e;
        }
        out.addEntry().getResponse().setStatus(String.valueOf(e.getStatusCode()));
      }
    }
    return out;
  }

  /** Gives an id to whatever is created, for the references of the other entries. */
  private Map<String, String> assign(Bundle in) {
    Map<String, String> ids = new HashMap<>();
    for (BundleEntryComponent entry : in.getEntry()) {
      if (entry.getRequest().getMethod() == Bundle.HTTPVerb.POST && entry.hasFullUrl()) {
        ids.put(entry.getFullUrl(), entry.getResource().fhirType() + "/" + UUID.randomUUID());
      }
    }
    return ids;
  }

  private BundleEntryComponent answer(BundleEntryComponent entry, Map<String, String> ids) {
    String url = entry.getRequest().getUrl();
    String type = url.split("[/?]")[0];
    Store<? extends Resource> store = stores.get(type);
    if (store == null) {
      throw new InvalidRequestException("Unknown resource type '" + type + "'");
    }
    BundleEntryComponent out = new BundleEntryComponent();
    String condition = url.contains("?") ? url : null;
    IdType id = new IdType(url);
    switch (entry.getRequest().getMethod()) {
      case POST:
        return written(out, post(store, entry, ids));
      case PUT:
        return written(out, put(store, entry, ids, condition == null ? id : null, condition));
      case DELETE:
        store.delete(condition == null ? id : null, condition);
        out.getResponse().setStatus("204 No Content");
        return out;
      case GET:
        out.setResource(store.read(id)).getResponse().setStatus("200 OK");
        return out;
      default:
        throw new InvalidRequestException("this server takes POST, PUT, DELETE and GET in bundles");
    }
  }

  private <T extends Resource> MethodOutcome post(Store<T> store, BundleEntryComponent entry, Map<String, String> ids) {
    T resource = resolved(store, entry, ids);
    String condition = entry.getRequest().getIfNoneExist();
    T there = condition == null ? null : store.one(condition);
    if (there != null) {
      return new MethodOutcome(there.getIdElement(), false);
    }
    String id = ids.containsKey(entry.getFullUrl()) ? new IdType(ids.get(entry.getFullUrl())).getIdPart() : UUID.randomUUID().toString();
    return new MethodOutcome(store.put(id, resource), true);
  }

  private <T extends Resource> MethodOutcome put(
      Store<T> store, BundleEntryComponent entry, Map<String, String> ids, IdType id, String condition) {
    return store.update(id, resolved(store, entry, ids), condition);
  }

  private <T extends Resource> T resolved(Store<T> store, BundleEntryComponent entry, Map<String, String> ids) {
    context.newTerser().getAllResourceReferences(entry.getResource()).forEach(found -> {
      String target = found.getResourceReference().getReferenceElement().getValue();
      if (ids.containsKey(target)) {
        found.getResourceReference().setReference(ids.get(target));
      }
    });
    return store.getResourceType().cast(entry.getResource());
  }

  private BundleEntryComponent written(BundleEntryComponent out, MethodOutcome outcome) {
    boolean created = Boolean.TRUE.equals(outcome.getCreated());
    out.getResponse().setStatus(created ? "201 Created" : "200 OK").setLocation(outcome.getId().getValue())
        .setEtag("W/\"" + outcome.getId().getVersionIdPart() + "\"");
    return out;
  }
}
