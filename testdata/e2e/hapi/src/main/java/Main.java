import ca.uhn.fhir.context.FhirContext;
import ca.uhn.fhir.rest.server.FifoMemoryPagingProvider;
import ca.uhn.fhir.rest.server.RestfulServer;
import ca.uhn.fhir.util.VersionUtil;
import java.net.InetSocketAddress;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.eclipse.jetty.ee10.servlet.ServletContextHandler;
import org.eclipse.jetty.ee10.servlet.ServletHolder;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.hl7.fhir.r4.model.Observation;
import org.hl7.fhir.r4.model.Patient;
import org.hl7.fhir.r4.model.Resource;

/**
 * HAPI FHIR's plain server for R4 on a free port of 127.0.0.1, below /fhir, without
 * authentication. Writes "listening PORT VERSION" to stdout, and ends with its input.
 */
public class Main {
  public static void main(String[] args) throws Exception {
    FhirContext context = FhirContext.forR4Cached();
    Map<String, Store<? extends Resource>> stores = new LinkedHashMap<>();
    stores.put("Patient", new Store<>(context, Patient.class));
    stores.put("Observation", new Store<>(context, Observation.class));

    RestfulServer fhir = new RestfulServer(context);
    fhir.registerProviders(List.copyOf(stores.values()));
    fhir.registerProvider(new Transactions(context, stores));
    fhir.setPagingProvider(new FifoMemoryPagingProvider(10));

    Server jetty = new Server(new InetSocketAddress("127.0.0.1", 0));
    ServletContextHandler handler = new ServletContextHandler("/");
    handler.addServlet(new ServletHolder(fhir), "/fhir/*");
    jetty.setHandler(handler);
    jetty.start();
    System.out.println("listening " + ((ServerConnector) jetty.getConnectors()[0]).getLocalPort() + " " + VersionUtil.getVersion());
    System.in.transferTo(java.io.OutputStream.nullOutputStream());
    jetty.stop();
  }
}
