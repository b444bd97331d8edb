import ca.uhn.fhir.context.FhirContext;
import ca.uhn.fhir.model.api.ResourceMetadataKeyEnum;
import ca.uhn.fhir.rest.annotation.ConditionalUrlParam;
import ca.uhn.fhir.rest.annotation.Create;
import ca.uhn.fhir.rest.annotation.Delete;
import ca.uhn.fhir.rest.annotation.History;
import ca.uhn.fhir.rest.annotation.IdParam;
import ca.uhn.fhir.rest.annotation.Read;
import ca.uhn.fhir.rest.annotation.ResourceParam;
import ca.uhn.fhir.rest.annotation.Search;
import ca.uhn.fhir.rest.annotation.Update;
import ca.uhn.fhir.rest.api.MethodOutcome;
import ca.uhn.fhir.rest.api.server.RequestDetails;
import ca.uhn.fhir.rest.server.IResourceProvider;
import ca.uhn.fhir.rest.server.exceptions.InvalidRequestException;
import ca.uhn.fhir.rest.server.exceptions.PreconditionFailedException;
import ca.uhn.fhir.rest.server.exceptions.ResourceGoneException;
import ca.uhn.fhir.rest.server.exceptions.ResourceNotFoundException;
import ca.uhn.fhir.util.UrlUtil;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Date;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.hl7.fhir.r4.model.Coding;
import org.hl7.fhir.r4.model.IdType;
import org.hl7.fhir.r4.model.Identifier;
import org.hl7.fhir.r4.model.InstantType;
import org.hl7.fhir.r4.model.Reference;
import org.hl7.fhir.r4.model.Resource;

/** The resources of one type in memory, with their versions. HAPI does all that is FHIR's protocol. */
public class Store<T extends Resource> implements IResourceProvider {
  private final FhirContext context;
  private final Class<T> type;
  private Map<String, List<T>> versions = new LinkedHashMap<>(); // the last of a deleted one is a tombstone

  public Store(FhirContext context, Class<T> type) {
    this.context = context;
    this.type = type;
  }

  @Override
  public Class<T> getResourceType() {
    return type;
  }

  @Create
  public synchronized MethodOutcome create(@ResourceParam T resource, @ConditionalUrlParam String condition) {
    if (condition != null) {
      T there = one(condition);
      if (there != null) {
        return new MethodOutcome(there.getIdElement(), false).setResource(there);
      }
    }
    return new MethodOutcome(put(UUID.randomUUID().toString(), resource), true).setResource(resource);
  }

  @Update
  public synchronized MethodOutcome update(@IdParam IdType id, @ResourceParam T resource, @ConditionalUrlParam String condition) {
    if (condition != null) {
      T there = one(condition);
      if (there == null) {
        return create(resource, null);
      }
      return new MethodOutcome(put(there.getIdElement().getIdPart(), resource), false).setResource(resource);
    }
    List<T> before = versions.get(id.getIdPart());
    if (id.hasVersionIdPart() && (before == null || !id.getVersionIdPart().equals(String.valueOf(before.size())))) {
      throw new PreconditionFailedException("If-Match names another version");
    }
    return new MethodOutcome(put(id.getIdPart(), resource), before == null).setResource(resource);
  }

  @Read(version = true)
  public synchronized T read(@IdParam IdType id) {
    List<T> all = versions.get(id.getIdPart());
    if (all == null) {
      throw new ResourceNotFoundException(id);
    }
    int number = id.hasVersionIdPart() ? id.getVersionIdPartAsLong().intValue() : all.size();
    if (number < 1 || number > all.size()) {
      throw new ResourceNotFoundException(id);
    }
    T found = all.get(number - 1);
    if (deleted(found)) {
      throw new ResourceGoneException(id);
    }
    return found;
  }

  @Delete
  public synchronized MethodOutcome delete(@IdParam IdType id, @ConditionalUrlParam String condition) {
    if (condition != null) {
      T there = one(condition);
      if (there == null) {
        throw new ResourceNotFoundException("nothing fits " + condition);
      }
      id = there.getIdElement();
    }
    read(new IdType(type.getSimpleName(), id.getIdPart()));
    T tombstone = empty();
    put(id.getIdPart(), tombstone);
    ResourceMetadataKeyEnum.DELETED_AT.put(tombstone, new InstantType(new Date()));
    return new MethodOutcome(id);
  }

  @Search(allowUnknownParams = true)
  public synchronized List<T> search(RequestDetails details) {
    return find(details.getParameters());
  }

  @History
  public synchronized List<T> history(@IdParam IdType id) {
    List<T> all = versions.get(id.getIdPart());
    if (all == null) {
      throw new ResourceNotFoundException(id);
    }
    List<T> newestFirst = new ArrayList<>(all);
    Collections.reverse(newestFirst);
    return newestFirst;
  }

  synchronized Map<String, List<T>> snapshot() {
    Map<String, List<T>> copy = new LinkedHashMap<>();
    versions.forEach((id, all) -> copy.put(id, new ArrayList<>(all)));
    return copy;
  }

  @SuppressWarnings("unchecked")
  synchronized void restore(Map<String, ?> snapshot) {
    versions = (Map<String, List<T>>) snapshot;
  }

  synchronized IdType put(String id, T resource) {
    List<T> all = versions.computeIfAbsent(id, any -> new ArrayList<>());
    IdType full = new IdType(type.getSimpleName(), id, String.valueOf(all.size() + 1));
    resource.setId(full);
    resource.getMeta().setVersionId(full.getVersionIdPart()).setLastUpdated(new Date());
    all.add(resource);
    return full;
  }

  /** The one resource that a condition names; null: there is none. */
  T one(String condition) {
    List<T> found = find(UrlUtil.parseQueryString(condition.substring(condition.indexOf('?') + 1)));
    if (found.size() > 1) {
      throw new PreconditionFailedException("several resources fit the condition");
    }
    return found.isEmpty() ? null : found.get(0);
  }

  private List<T> find(Map<String, String[]> parameters) {
    List<T> found = new ArrayList<>();
    for (List<T> all : versions.values()) {
      T last = all.get(all.size() - 1);
      if (!deleted(last) && parameters.entrySet().stream().allMatch(p -> fits(last, p.getKey(), p.getValue()))) {
        found.add(last);
      }
    }
    return found;
  }

  private boolean fits(T resource, String name, String[] values) {
    for (String value : values) {
      if (!fits(resource, name, value)) {
        return false;
      }
    }
    return true;
  }

  private boolean fits(T resource, String name, String value) {
    switch (name) {
      case "_id":
        return resource.getIdElement().getIdPart().equals(value);
      case "_tag":
        return resource.getMeta().getTag().stream().anyMatch((Coding c) -> value.equals(c.getSystem() + "|" + c.getCode()));
      case "identifier":
        return context.newTerser().getValues(resource, "identifier", Identifier.class).stream()
            .anyMatch(i -> value.equals(i.getSystem() + "|" + i.getValue()));
      case "subject":
        return context.newTerser().getValues(resource, "subject", Reference.class).stream()
            .anyMatch(r -> r.getReference().endsWith(value));
      case "_count", "_summary", "_format", "_pretty", "_elements", "_total", "_sort":
        return true;
      default:
        throw new InvalidRequestException("Unknown search parameter \"" + name + "\" for resource type \"" + type.getSimpleName() + "\"");
    }
  }

  private T empty() {
    return type.cast(context.getResourceDefinition(type).newInstance());
  }

  private boolean deleted(T resource) {
    return ResourceMetadataKeyEnum.DELETED_AT.get(resource) != null;
  }
}
