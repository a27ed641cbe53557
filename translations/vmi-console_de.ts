<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="de" sourcelanguage="en_US">
<context>
    <name>AcceptDialog</name>
    <message>
        <source>Accept as new baseline</source>
        <translation>Als neue Baseline übernehmen</translation>
    </message>
    <message numerus="yes">
        <source>Accept %Ln VM(s) as known to be good</source>
        <translation>
            <numerusform>Zustand von %Ln VM als gut übernehmen</numerusform>
            <numerusform>Zustand von %Ln VMs als gut übernehmen</numerusform>
        </translation>
    </message>
    <message>
        <source>VM</source>
        <translation>VM</translation>
    </message>
    <message>
        <source>Baseline</source>
        <translation>Baseline</translation>
    </message>
    <message>
        <source>What it drifted to</source>
        <translation>Worin sie abweicht</translation>
    </message>
    <message>
        <source>Drift</source>
        <translation>Abweichungen</translation>
    </message>
    <message>
        <source>The whole present state of these VMs takes the place of what was known to be good. That cannot be undone: what was taken before is given up.</source>
        <translation>Der ganze jetzige Zustand dieser VMs tritt an die Stelle dessen, was als gut bekannt war. Das lässt sich nicht rückgängig machen: Was vorher übernommen wurde, wird aufgegeben.</translation>
    </message>
    <message>
        <source>Looking at the baselines…</source>
        <translation>Die Baselines werden angesehen…</translation>
    </message>
    <message>
        <source>Accept</source>
        <translation>Übernehmen</translation>
    </message>
    <message>
        <source>Edit the baseline…</source>
        <translation>Baseline bearbeiten…</translation>
    </message>
    <message>
        <source>Look at the baselines</source>
        <translation>Baselines ansehen</translation>
    </message>
    <message>
        <source>“{0}” is no longer in force.</source>
        <translation>„{0}“ ist nicht mehr in Kraft.</translation>
    </message>
    <message>
        <source>These VMs are held against the gold VM “{0}”: bring them to its state, or choose another gold VM in the baseline.</source>
        <translation>Diese VMs werden an der Gold-VM „{0}“ gemessen: Bringen Sie sie in deren Zustand oder wählen Sie in der Baseline eine andere Gold-VM.</translation>
    </message>
    <message>
        <source>It is the gold VM: all members are held against its present state from then on.</source>
        <translation>Sie ist die Gold-VM: Alle Mitglieder werden von da an an ihrem jetzigen Zustand gemessen.</translation>
    </message>
</context>
<context>
    <name>AcknowledgeDialog</name>
    <message>
        <source>Acknowledge</source>
        <translation>Bestätigen</translation>
    </message>
    <message numerus="yes">
        <source>Acknowledge %Ln finding(s)</source>
        <translation>
            <numerusform>%Ln Befund bestätigen</numerusform>
            <numerusform>%Ln Befunde bestätigen</numerusform>
        </translation>
    </message>
    <message>
        <source>What is being done about it (optional)</source>
        <translation>Was deswegen geschieht (optional)</translation>
    </message>
    <message>
        <source>Note</source>
        <translation>Notiz</translation>
    </message>
    <message>
        <source>They stay on the list, as seen by you, until they are resolved.</source>
        <translation>Sie bleiben in der Liste, als von Ihnen gesehen, bis sie behoben sind.</translation>
    </message>
</context>
<context>
    <name>AdvisoryRows</name>
    <message>
        <source>Folder…</source>
        <translation>Ordner…</translation>
    </message>
    <message>
        <source>Known vulnerabilities out of a folder</source>
        <translation>Bekannte Schwachstellen aus einem Ordner</translation>
    </message>
    <message>
        <source>File…</source>
        <translation>Datei…</translation>
    </message>
    <message>
        <source>Known vulnerabilities out of a file</source>
        <translation>Bekannte Schwachstellen aus einer Datei</translation>
    </message>
    <message>
        <source>Known exploited…</source>
        <translation>Ausgenutzte…</translation>
    </message>
    <message>
        <source>The catalogue of vulnerabilities that are exploited</source>
        <translation>Der Katalog der Schwachstellen, die ausgenutzt werden</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>Abbrechen</translation>
    </message>
    <message>
        <source>Give up reading the files</source>
        <translation>Das Lesen der Dateien abbrechen</translation>
    </message>
    <message>
        <source>Use none</source>
        <translation>Keine verwenden</translation>
    </message>
    <message>
        <source>Judge by no known vulnerabilities any more</source>
        <translation>Nicht mehr nach bekannten Schwachstellen bewerten</translation>
    </message>
    <message>
        <source>Advisories as OSV has them (JSON), Microsoft&apos;s monthly documents of updates (CVRF, as JSON or XML), a file, a folder or a zip of either or both; and the KEV catalogue as JSON. They are read on this machine; nothing is sent anywhere.</source>
        <translation>Schwachstellenmeldungen im Format von OSV (JSON), Microsofts monatliche Dokumente über Updates (CVRF, als JSON oder XML), als Datei, Ordner oder Zip von einem oder beiden; und der KEV-Katalog als JSON. Sie werden auf diesem Rechner gelesen; nichts wird irgendwohin gesendet.</translation>
    </message>
    <message>
        <source>Known vulnerabilities</source>
        <translation>Bekannte Schwachstellen</translation>
    </message>
    <message>
        <source>Look which advisories are loaded</source>
        <translation>Nachsehen, welche Schwachstellenmeldungen geladen sind</translation>
    </message>
    <message>
        <source>Reading the files. A whole distribution takes a minute.</source>
        <translation>Die Dateien werden gelesen. Eine ganze Distribution dauert eine Minute.</translation>
    </message>
    <message>
        <source>None are loaded: whether an application is vulnerable is unknown.</source>
        <translation>Keine sind geladen: Ob eine Anwendung verwundbar ist, ist unbekannt.</translation>
    </message>
    <message>
        <source>{0} advisories are loaded, for {1}.</source>
        <translation>{0} Schwachstellenmeldungen sind geladen, für {1}.</translation>
    </message>
    <message>
        <source>Read known vulnerabilities</source>
        <translation>Bekannte Schwachstellen lesen</translation>
    </message>
    <message>
        <source>Use no known vulnerabilities</source>
        <translation>Keine bekannten Schwachstellen verwenden</translation>
    </message>
</context>
<context>
    <name>ArmingLine</name>
    <message>
        <source>Arm…</source>
        <translation>Scharf schalten…</translation>
    </message>
    <message>
        <source>Let this policy, exactly as it is, isolate VMs by itself</source>
        <translation>Erlaubt dieser Richtlinie, genau so wie sie ist, VMs selbsttätig zu isolieren</translation>
    </message>
    <message>
        <source>Disarm</source>
        <translation>Entschärfen</translation>
    </message>
    <message>
        <source>Let this policy ask before it isolates</source>
        <translation>Diese Richtlinie fragt, bevor sie isoliert</translation>
    </message>
    <message>
        <source>Armed. Saving this edit disarms it: it will ask until somebody arms it again.</source>
        <translation>Scharf. Wird diese Änderung gespeichert, ist sie entschärft: Sie fragt, bis jemand sie wieder scharf schaltet.</translation>
    </message>
    <message>
        <source>Armed by {0}, {1}: it isolates by itself.</source>
        <translation>Scharf geschaltet von {0}, {1}: Sie isoliert selbsttätig.</translation>
    </message>
    <message>
        <source>It asks before it isolates. Save it, then arm it, to let it act by itself.</source>
        <translation>Sie fragt, bevor sie isoliert. Speichern Sie sie und schalten Sie sie dann scharf, damit sie selbsttätig handelt.</translation>
    </message>
    <message>
        <source>It was edited since somebody armed it: it asks before it isolates.</source>
        <translation>Sie wurde bearbeitet, seit jemand sie scharf geschaltet hat: Sie fragt, bevor sie isoliert.</translation>
    </message>
    <message>
        <source>It wants to isolate by itself, and asks until somebody arms it.</source>
        <translation>Sie möchte selbsttätig isolieren und fragt, bis jemand sie scharf schaltet.</translation>
    </message>
    <message>
        <source>Armed, “{0}” quarantines VMs that fail by itself ({1}), {2} s after they begin to: at most {3} VMs and {4} % of its members at once; beyond that it asks. Any edit of it, or of a group it uses, disarms it.</source>
        <translation>Scharf geschaltet stellt „{0}“ VMs, die verstoßen, selbsttätig unter Quarantäne ({1}), {2} s nachdem der Verstoß beginnt: höchstens {3} VMs und {4} % ihrer Mitglieder auf einmal; darüber hinaus fragt sie. Jede Änderung an ihr oder an einer Gruppe, die sie verwendet, entschärft sie.</translation>
    </message>
</context>
<context>
    <name>Arrangement</name>
    <message>
        <source>by location</source>
        <translation>nach Standort</translation>
    </message>
    <message>
        <source>Datacenters, clusters, hosts and their virtual machines; networks and storage</source>
        <translation>Datencenter, Cluster, Hosts und ihre virtuellen Maschinen; Netzwerke und Speicher</translation>
    </message>
    <message>
        <source>by network and VLAN</source>
        <translation>nach Netzwerk und VLAN</translation>
    </message>
    <message>
        <source>Each virtual machine under every network it is plugged into, by effective VLAN</source>
        <translation>Jede virtuelle Maschine unter jedem Netzwerk, an das sie angeschlossen ist, nach wirksamem VLAN</translation>
    </message>
    <message>
        <source>by folder</source>
        <translation>nach Ordner</translation>
    </message>
    <message>
        <source>The folders of the hypervisor&apos;s own inventory</source>
        <translation>Die Ordner im Inventar des Hypervisors</translation>
    </message>
    <message>
        <source>by resource pool</source>
        <translation>nach Ressourcenpool</translation>
    </message>
    <message>
        <source>Resource pools and partitions</source>
        <translation>Ressourcenpools und Partitionen</translation>
    </message>
    <message>
        <source>by tag</source>
        <translation>nach Tag</translation>
    </message>
    <message>
        <source>Each virtual machine under every tag and label it has, over all connections</source>
        <translation>Jede virtuelle Maschine unter jedem ihrer Tags und Labels, über alle Verbindungen</translation>
    </message>
    <message>
        <source>by state</source>
        <translation>nach Zustand</translation>
    </message>
    <message>
        <source>What is crashed, paused, running or off, over all connections</source>
        <translation>Was abgestürzt, pausiert, eingeschaltet oder ausgeschaltet ist, über alle Verbindungen</translation>
    </message>
</context>
<context>
    <name>AspectList</name>
    <message>
        <source>Aspects</source>
        <translation>Aspekte</translation>
    </message>
    <message>
        <source>Aspect</source>
        <translation>Aspekt</translation>
    </message>
    <message>
        <source>Differences</source>
        <translation>Unterschiede</translation>
    </message>
</context>
<context>
    <name>AttachDialog</name>
    <message>
        <source>A running engine</source>
        <translation>Eine laufende Engine</translation>
    </message>
    <message>
        <source>“vmi-console engine --listen” starts an engine that goes on watching without a window, and says where it is found. Another window opens on it.</source>
        <translation>„vmi-console engine --listen“ startet eine Engine, die ohne Fenster weiter beobachtet, und sagt, wo sie zu finden ist. An ihr öffnet sich ein weiteres Fenster.</translation>
    </message>
    <message>
        <source>where it listens, such as /run/user/1000/vmi-console/engine</source>
        <translation>wo sie lauscht, etwa /run/user/1000/vmi-console/engine</translation>
    </message>
    <message>
        <source>Where the engine listens</source>
        <translation>Wo die Engine lauscht</translation>
    </message>
    <message>
        <source>Browse…</source>
        <translation>Durchsuchen…</translation>
    </message>
    <message>
        <source>Open a window</source>
        <translation>Fenster öffnen</translation>
    </message>
    <message>
        <source>Nothing listens there: {0}</source>
        <translation>Dort lauscht nichts: {0}</translation>
    </message>
    <message>
        <source>Another window could not be started.</source>
        <translation>Ein weiteres Fenster ließ sich nicht starten.</translation>
    </message>
</context>
<context>
    <name>Banner</name>
    <message>
        <source>Dismiss</source>
        <translation>Ausblenden</translation>
    </message>
</context>
<context>
    <name>CauseList</name>
    <message>
        <source>Causes</source>
        <translation>Ursachen</translation>
    </message>
    <message>
        <source>Cause</source>
        <translation>Ursache</translation>
    </message>
    <message>
        <source>What</source>
        <translation>Was</translation>
    </message>
    <message>
        <source>VMs</source>
        <translation>VMs</translation>
    </message>
    <message>
        <source>Differences</source>
        <translation>Unterschiede</translation>
    </message>
    <message>
        <source>Who</source>
        <translation>Wer</translation>
    </message>
</context>
<context>
    <name>Changes</name>
    <message numerus="yes">
        <source>%Ln change(s)</source>
        <translation>
            <numerusform>%Ln Änderung</numerusform>
            <numerusform>%Ln Änderungen</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>ChangesModel</name>
    <message>
        <source>When</source>
        <translation>Wann</translation>
    </message>
    <message>
        <source>What</source>
        <translation>Was</translation>
    </message>
    <message>
        <source>Property</source>
        <translation>Eigenschaft</translation>
    </message>
    <message>
        <source>Before</source>
        <translation>Vorher</translation>
    </message>
    <message>
        <source>After</source>
        <translation>Nachher</translation>
    </message>
    <message>
        <source>Who</source>
        <translation>Wer</translation>
    </message>
    <message>
        <source>Seen by</source>
        <translation>Quelle</translation>
    </message>
    <message>
        <source>happened</source>
        <translation>geschehen</translation>
    </message>
    <message>
        <source>not before</source>
        <translation>nicht vor</translation>
    </message>
    <message>
        <source>seen</source>
        <translation>gesehen</translation>
    </message>
    <message>
        <source>by {0}</source>
        <translation>von {0}</translation>
    </message>
    <message>
        <source>by whom is not known</source>
        <translation>von wem, ist nicht bekannt</translation>
    </message>
    <message>
        <source>and {0} more</source>
        <translation>und {0} weitere</translation>
    </message>
</context>
<context>
    <name>ChangesPane</name>
    <message>
        <source>Changes, newest first</source>
        <translation>Änderungen, neueste zuerst</translation>
    </message>
    <message>
        <source>Filter changes</source>
        <translation>Änderungen filtern</translation>
    </message>
    <message>
        <source>Only the selection</source>
        <translation>Nur die Auswahl</translation>
    </message>
    <message>
        <source>Nothing has changed yet</source>
        <translation>Bisher hat sich nichts geändert</translation>
    </message>
    <message numerus="yes">
        <source>%Ln change(s)</source>
        <translation>
            <numerusform>%Ln Änderung</numerusform>
            <numerusform>%Ln Änderungen</numerusform>
        </translation>
    </message>
    <message>
        <source>{0} of {1} changes</source>
        <translation>{0} von {1} Änderungen</translation>
    </message>
</context>
<context>
    <name>ChangesView</name>
    <message>
        <source>What saving would change in the file</source>
        <translation>Was das Speichern in der Datei ändern würde</translation>
    </message>
    <message>
        <source>Nothing: the file says exactly this.</source>
        <translation>Nichts: In der Datei steht genau das.</translation>
    </message>
    <message>
        <source>Compare {0}</source>
        <translation>{0} vergleichen</translation>
    </message>
</context>
<context>
    <name>ChartsPane</name>
    <message>
        <source>Charts of the load</source>
        <translation>Diagramme der Auslastung</translation>
    </message>
    <message>
        <source>CPU</source>
        <translation>CPU</translation>
    </message>
    <message>
        <source>Memory</source>
        <translation>Arbeitsspeicher</translation>
    </message>
    <message>
        <source>Disk</source>
        <translation>Datenträger</translation>
    </message>
    <message>
        <source>read</source>
        <translation>lesen</translation>
    </message>
    <message>
        <source>written</source>
        <translation>schreiben</translation>
    </message>
    <message>
        <source>Network</source>
        <translation>Netzwerk</translation>
    </message>
    <message>
        <source>in</source>
        <translation>ein</translation>
    </message>
    <message>
        <source>out</source>
        <translation>aus</translation>
    </message>
    <message>
        <source>5 min</source>
        <translation>5 min</translation>
    </message>
    <message>
        <source>The last five minutes</source>
        <translation>Die letzten fünf Minuten</translation>
    </message>
    <message>
        <source>15 min</source>
        <translation>15 min</translation>
    </message>
    <message>
        <source>The last fifteen minutes</source>
        <translation>Die letzten fünfzehn Minuten</translation>
    </message>
    <message>
        <source>1 h</source>
        <translation>1 h</translation>
    </message>
    <message>
        <source>The last hour</source>
        <translation>Die letzte Stunde</translation>
    </message>
    <message>
        <source>All</source>
        <translation>Alles</translation>
    </message>
    <message>
        <source>All that was measured and is kept: an hour at most</source>
        <translation>Alles, was gemessen wurde und noch da ist: höchstens eine Stunde</translation>
    </message>
    <message>
        <source>Live</source>
        <translation>Live</translation>
    </message>
    <message>
        <source>Follow what is measured now</source>
        <translation>Dem folgen, was gerade gemessen wird</translation>
    </message>
    <message>
        <source>What is drawn was measured in the last hour.</source>
        <translation>Gezeichnet wird, was in der letzten Stunde gemessen wurde.</translation>
    </message>
    <message>
        <source>No load measured yet</source>
        <translation>Noch keine Auslastung gemessen</translation>
    </message>
    <message>
        <source>No load is shown of another time</source>
        <translation>Aus einer anderen Zeit wird keine Auslastung angezeigt</translation>
    </message>
    <message>
        <source>Least · mean · most from {0} to {1}</source>
        <translation>Min. · Mittel · Max. von {0} bis {1}</translation>
    </message>
    <message>
        <source>stale, {0}</source>
        <translation>veraltet, {0}</translation>
    </message>
    <message>
        <source>{0} of {1} are stale</source>
        <translation>{0} von {1} sind veraltet</translation>
    </message>
    <message>
        <source>the first {0} of {1} are shown</source>
        <translation>die ersten {0} von {1} werden angezeigt</translation>
    </message>
    <message>
        <source>Nothing can be measured while the connection does not answer ({0}).</source>
        <translation>Es kann nichts gemessen werden, solange die Verbindung nicht antwortet ({0}).</translation>
    </message>
    <message>
        <source>{0} does not run. Its load is measured from the moment it is started.</source>
        <translation>{0} läuft nicht. Die Auslastung wird gemessen, sobald sie gestartet ist.</translation>
    </message>
    <message>
        <source>None of these runs. Their load is measured from the moment they are started.</source>
        <translation>Keine davon läuft. Die Auslastung wird gemessen, sobald sie gestartet sind.</translation>
    </message>
    <message>
        <source>The first figures come within half a minute. Where none come, the hypervisor does not tell them, or not to this user.</source>
        <translation>Die ersten Werte kommen innerhalb einer halben Minute. Bleiben sie aus, gibt der Hypervisor sie nicht preis, oder nicht für diesen Benutzer.</translation>
    </message>
</context>
<context>
    <name>CheckCard</name>
    <message>
        <source>Words about this check</source>
        <translation>Worte zu dieser Prüfung</translation>
    </message>
    <message>
        <source>Move up</source>
        <translation>Nach oben</translation>
    </message>
    <message>
        <source>Move down</source>
        <translation>Nach unten</translation>
    </message>
    <message>
        <source>Remove this check</source>
        <translation>Diese Prüfung entfernen</translation>
    </message>
    <message>
        <source>No kind of check stands here that this console knows: see the problems.</source>
        <translation>Hier steht keine Art von Prüfung, die diese Konsole kennt: siehe die Probleme.</translation>
    </message>
    <message>
        <source>Not usable</source>
        <translation>Nicht verwendbar</translation>
    </message>
</context>
<context>
    <name>Choice</name>
    <message>
        <source>as the policy says</source>
        <translation>wie die Richtlinie sagt</translation>
    </message>
</context>
<context>
    <name>ClusterSummary</name>
    <message>
        <source>Datacenter</source>
        <translation>Datencenter</translation>
    </message>
    <message>
        <source>Hosts</source>
        <translation>Hosts</translation>
    </message>
    <message>
        <source>Virtual machines</source>
        <translation>Virtuelle Maschinen</translation>
    </message>
    <message>
        <source>Balances load (DRS)</source>
        <translation>Verteilt die Last (DRS)</translation>
    </message>
    <message>
        <source>Restarts VMs (HA)</source>
        <translation>Startet VMs neu (HA)</translation>
    </message>
    <message>
        <source>Cluster</source>
        <translation>Cluster</translation>
    </message>
</context>
<context>
    <name>ColumnChooser</name>
    <message>
        <source>Columns of the table</source>
        <translation>Spalten der Tabelle</translation>
    </message>
    <message>
        <source>Find a column</source>
        <translation>Spalte suchen</translation>
    </message>
    <message>
        <source>Columns; Space shows or hides one, Alt with up or down moves it</source>
        <translation>Spalten; die Leertaste zeigt eine an oder blendet sie aus, Alt mit Pfeil hoch oder runter verschiebt sie</translation>
    </message>
    <message>
        <source>Move &amp;up</source>
        <translation>Nach &amp;oben</translation>
    </message>
    <message>
        <source>The column comes earlier (Alt+Up)</source>
        <translation>Die Spalte kommt weiter vorn (Alt+Pfeil hoch)</translation>
    </message>
    <message>
        <source>Move &amp;down</source>
        <translation>Nach &amp;unten</translation>
    </message>
    <message>
        <source>The column comes later (Alt+Down)</source>
        <translation>Die Spalte kommt weiter hinten (Alt+Pfeil runter)</translation>
    </message>
    <message>
        <source>&amp;Reset</source>
        <translation>&amp;Zurücksetzen</translation>
    </message>
    <message>
        <source>The columns that the table has at first, in their order</source>
        <translation>Die Spalten, die die Tabelle anfangs hat, in ihrer Reihenfolge</translation>
    </message>
    <message>
        <source>Checked columns are shown, from the top of this list on.</source>
        <translation>Markierte Spalten werden angezeigt, von oben in dieser Liste an.</translation>
    </message>
</context>
<context>
    <name>Columns</name>
    <message>
        <source>Name</source>
        <translation>Name</translation>
    </message>
    <message>
        <source>State</source>
        <translation>Zustand</translation>
    </message>
    <message>
        <source>Connection</source>
        <translation>Verbindung</translation>
    </message>
    <message>
        <source>Host</source>
        <translation>Host</translation>
    </message>
    <message>
        <source>Cluster</source>
        <translation>Cluster</translation>
    </message>
    <message>
        <source>Datacenter</source>
        <translation>Datencenter</translation>
    </message>
    <message>
        <source>Folder</source>
        <translation>Ordner</translation>
    </message>
    <message>
        <source>Networks</source>
        <translation>Netzwerke</translation>
    </message>
    <message>
        <source>VLANs</source>
        <translation>VLANs</translation>
    </message>
    <message>
        <source>MAC addresses</source>
        <translation>MAC-Adressen</translation>
    </message>
    <message>
        <source>IP addresses</source>
        <translation>IP-Adressen</translation>
    </message>
    <message>
        <source>Guest system</source>
        <translation>Gastsystem</translation>
    </message>
    <message>
        <source>Tools</source>
        <translation>Tools</translation>
    </message>
    <message>
        <source>Host name</source>
        <translation>Hostname</translation>
    </message>
    <message>
        <source>vCPUs</source>
        <translation>vCPUs</translation>
    </message>
    <message>
        <source>Memory</source>
        <translation>Arbeitsspeicher</translation>
    </message>
    <message>
        <source>Disks</source>
        <translation>Datenträger</translation>
    </message>
    <message>
        <source>Capacity</source>
        <translation>Kapazität</translation>
    </message>
    <message>
        <source>Snapshots</source>
        <translation>Snapshots</translation>
    </message>
    <message>
        <source>Oldest snapshot</source>
        <translation>Ältester Snapshot</translation>
    </message>
    <message>
        <source>Tags</source>
        <translation>Tags</translation>
    </message>
    <message>
        <source>Labels</source>
        <translation>Labels</translation>
    </message>
    <message>
        <source>Hardware version</source>
        <translation>Hardwareversion</translation>
    </message>
    <message>
        <source>UUID</source>
        <translation>UUID</translation>
    </message>
    <message>
        <source>Created</source>
        <translation>Erstellt</translation>
    </message>
    <message>
        <source>Booted</source>
        <translation>Gestartet</translation>
    </message>
    <message>
        <source>Changed</source>
        <translation>Geändert</translation>
    </message>
    <message>
        <source>Last change</source>
        <translation>Letzte Änderung</translation>
    </message>
    <message>
        <source>Notes</source>
        <translation>Notizen</translation>
    </message>
</context>
<context>
    <name>Commands</name>
    <message>
        <source>Back</source>
        <translation>Zurück</translation>
    </message>
    <message>
        <source>The selection before</source>
        <translation>Die vorige Auswahl</translation>
    </message>
    <message>
        <source>Forward</source>
        <translation>Vorwärts</translation>
    </message>
    <message>
        <source>The selection after</source>
        <translation>Die nächste Auswahl</translation>
    </message>
    <message>
        <source>Dashboard</source>
        <translation>Dashboard</translation>
    </message>
    <message>
        <source>How much is wrong, since when and where, and how much is known</source>
        <translation>Wie viel nicht stimmt, seit wann und wo, und wie viel bekannt ist</translation>
    </message>
    <message>
        <source>Search</source>
        <translation>Suchen</translation>
    </message>
    <message>
        <source>Go to the search box</source>
        <translation>Zum Suchfeld gehen</translation>
    </message>
    <message>
        <source>Command palette…</source>
        <translation>Befehlspalette…</translation>
    </message>
    <message>
        <source>Find every action and every entity by a few letters</source>
        <translation>Jede Aktion und jedes Objekt mit wenigen Buchstaben finden</translation>
    </message>
    <message>
        <source>Show this pane of the selection</source>
        <translation>Diese Ansicht der Auswahl anzeigen</translation>
    </message>
    <message>
        <source>Tear off the pane</source>
        <translation>Ansicht ablösen</translation>
    </message>
    <message>
        <source>Show the pane in front in a window of its own, for another screen</source>
        <translation>Die vordere Ansicht in einem eigenen Fenster anzeigen, für einen anderen Bildschirm</translation>
    </message>
    <message>
        <source>Settings…</source>
        <translation>Einstellungen…</translation>
    </message>
    <message>
        <source>Colours, language, notifications, columns</source>
        <translation>Farben, Sprache, Benachrichtigungen, Spalten</translation>
    </message>
    <message>
        <source>Edit policies…</source>
        <translation>Richtlinien bearbeiten…</translation>
    </message>
    <message>
        <source>Write policies, groups and baselines, and see what they would mean before they are in force</source>
        <translation>Richtlinien, Gruppen und Baselines schreiben und sehen, was sie bedeuten würden, bevor sie in Kraft sind</translation>
    </message>
    <message>
        <source>Report…</source>
        <translation>Bericht…</translation>
    </message>
    <message>
        <source>A page, a PDF, a workbook, a bill of materials, events or a table of what is shown</source>
        <translation>Eine Seite, ein PDF, eine Arbeitsmappe, eine Stückliste, Ereignisse oder eine Tabelle dessen, was angezeigt wird</translation>
    </message>
    <message>
        <source>Scheduled reports…</source>
        <translation>Geplante Berichte…</translation>
    </message>
    <message>
        <source>Reports that the engine writes by itself, every day, week or month</source>
        <translation>Berichte, die die Engine selbsttätig schreibt, jeden Tag, jede Woche oder jeden Monat</translation>
    </message>
    <message>
        <source>Outputs and alerts…</source>
        <translation>Ausgaben und Alarme…</translation>
    </message>
    <message>
        <source>Tell findings and acts to syslog, a webhook or a file; hear the alerts of a sensor</source>
        <translation>Befunde und Maßnahmen an Syslog, einen Webhook oder eine Datei melden; Alarme eines Sensors empfangen</translation>
    </message>
    <message>
        <source>Attach to a running engine…</source>
        <translation>Mit laufender Engine verbinden…</translation>
    </message>
    <message>
        <source>Open a window on an engine that watches without one</source>
        <translation>Ein Fenster an einer Engine öffnen, die ohne Fenster beobachtet</translation>
    </message>
    <message>
        <source>Copy diagnostics…</source>
        <translation>Diagnose kopieren…</translation>
    </message>
    <message>
        <source>What a report about this program needs, without secrets: look at it, then copy it</source>
        <translation>Was ein Bericht über dieses Programm braucht, ohne Geheimnisse: ansehen, dann kopieren</translation>
    </message>
    <message>
        <source>About VMI Console</source>
        <translation>Über VMI Console</translation>
    </message>
    <message>
        <source>Version and licence</source>
        <translation>Version und Lizenz</translation>
    </message>
    <message>
        <source>Lists only</source>
        <translation>Nur Listen</translation>
    </message>
    <message>
        <source>Give the lists and the topology the room of the panes, or back</source>
        <translation>Den Listen und der Topologie den Platz der Ansichten geben, oder zurück</translation>
    </message>
    <message>
        <source>Reset layout</source>
        <translation>Anordnung zurücksetzen</translation>
    </message>
    <message>
        <source>Put every part of the window where it was at first</source>
        <translation>Jeden Teil des Fensters an seinen anfänglichen Platz setzen</translation>
    </message>
    <message>
        <source>Quit</source>
        <translation>Beenden</translation>
    </message>
    <message>
        <source>Close all windows and end the program</source>
        <translation>Alle Fenster schließen und das Programm beenden</translation>
    </message>
    <message>
        <source>Colours of the system</source>
        <translation>Farben des Systems</translation>
    </message>
    <message>
        <source>Light</source>
        <translation>Hell</translation>
    </message>
    <message>
        <source>Dark</source>
        <translation>Dunkel</translation>
    </message>
    <message>
        <source>The colours of the window</source>
        <translation>Die Farben des Fensters</translation>
    </message>
    <message>
        <source>Panes</source>
        <translation>Ansichten</translation>
    </message>
    <message>
        <source>Tear off</source>
        <translation>Ablösen</translation>
    </message>
    <message>
        <source>VMs</source>
        <translation>VMs</translation>
    </message>
    <message>
        <source>Topology</source>
        <translation>Topologie</translation>
    </message>
    <message>
        <source>Tasks</source>
        <translation>Aufgaben</translation>
    </message>
    <message>
        <source>&amp;File</source>
        <translation>&amp;Datei</translation>
    </message>
    <message>
        <source>&amp;View</source>
        <translation>&amp;Ansicht</translation>
    </message>
    <message>
        <source>&amp;Estate</source>
        <translation>&amp;Bestand</translation>
    </message>
    <message>
        <source>&amp;Policy</source>
        <translation>&amp;Richtlinie</translation>
    </message>
    <message>
        <source>&amp;Quarantine</source>
        <translation>&amp;Quarantäne</translation>
    </message>
    <message>
        <source>&amp;Help</source>
        <translation>&amp;Hilfe</translation>
    </message>
    <message>
        <source>Main</source>
        <translation>Hauptleiste</translation>
    </message>
</context>
<context>
    <name>CompactRow</name>
    <message>
        <source>compact shrink smaller room disk now</source>
        <translation>verkleinern komprimieren kompakt kleiner Platz Datenträger jetzt</translation>
    </message>
    <message>
        <source>Compact now</source>
        <translation>Jetzt verkleinern</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>Abbrechen</translation>
    </message>
    <message>
        <source>Give up making the history smaller at once</source>
        <translation>Das sofortige Verkleinern des Verlaufs abbrechen</translation>
    </message>
    <message>
        <source>How far the history has been made smaller</source>
        <translation>Wie weit der Verlauf verkleinert ist</translation>
    </message>
    <message>
        <source>Give room back to the disk</source>
        <translation>Platz auf dem Datenträger freigeben</translation>
    </message>
    <message>
        <source>Gives up at once what is not to be kept, and makes the file smaller. It happens by itself too, but slowly, so that nobody notices. What happens meanwhile is recorded as ever.</source>
        <translation>Löscht sofort, was nicht aufbewahrt werden soll, und verkleinert die Datei. Das geschieht auch von selbst, aber langsam, sodass es niemand merkt. Was währenddessen geschieht, wird wie immer aufgezeichnet.</translation>
    </message>
</context>
<context>
    <name>ComparisonModel</name>
    <message>
        <source>Attribute</source>
        <translation>Attribut</translation>
    </message>
    <message>
        <source>the same for all</source>
        <translation>bei allen gleich</translation>
    </message>
    <message>
        <source>differs; what most have is not emphasised</source>
        <translation>verschieden; was die meisten haben, ist nicht hervorgehoben</translation>
    </message>
    <message>
        <source>each has its own</source>
        <translation>jede hat ihren eigenen Wert</translation>
    </message>
</context>
<context>
    <name>ComparisonPane</name>
    <message>
        <source>Comparison</source>
        <translation>Vergleich</translation>
    </message>
    <message>
        <source>Only differences</source>
        <translation>Nur Unterschiede</translation>
    </message>
    <message>
        <source>Copy as CSV</source>
        <translation>Als CSV kopieren</translation>
    </message>
    <message>
        <source>Copy what is shown, for a spreadsheet</source>
        <translation>Das Angezeigte für eine Tabellenkalkulation kopieren</translation>
    </message>
    <message numerus="yes">
        <source>%Ln difference(s)</source>
        <translation>
            <numerusform>%Ln Unterschied</numerusform>
            <numerusform>%Ln Unterschiede</numerusform>
        </translation>
    </message>
    <message>
        <source>the first {0} of {1} are compared</source>
        <translation>die ersten {0} von {1} werden verglichen</translation>
    </message>
    <message>
        <source>Copy</source>
        <translation>Kopieren</translation>
    </message>
</context>
<context>
    <name>ComparisonWindow</name>
    <message>
        <source>What changed between…</source>
        <translation>Was sich geändert hat zwischen…</translation>
    </message>
    <message>
        <source>Compare</source>
        <translation>Vergleichen</translation>
    </message>
    <message>
        <source>Export</source>
        <translation>Exportieren</translation>
    </message>
    <message>
        <source>As JSON…</source>
        <translation>Als JSON…</translation>
    </message>
    <message>
        <source>As CSV…</source>
        <translation>Als CSV…</translation>
    </message>
    <message>
        <source>What is compared</source>
        <translation>Was verglichen wird</translation>
    </message>
    <message>
        <source>Two moments</source>
        <translation>Zwei Zeitpunkte</translation>
    </message>
    <message>
        <source>A VM and its gold image</source>
        <translation>Eine VM und ihr Gold-Image</translation>
    </message>
    <message>
        <source>As a page (HTML)…</source>
        <translation>Als Seite (HTML)…</translation>
    </message>
    <message>
        <source>Differences</source>
        <translation>Unterschiede</translation>
    </message>
    <message>
        <source>Findings</source>
        <translation>Befunde</translation>
    </message>
    <message>
        <source>Policies</source>
        <translation>Richtlinien</translation>
    </message>
    <message>
        <source>What is different in the document</source>
        <translation>Was sich im Dokument unterscheidet</translation>
    </message>
    <message>
        <source>Quarantine</source>
        <translation>Quarantäne</translation>
    </message>
    <message>
        <source>Estate</source>
        <translation>Bestand</translation>
    </message>
    <message>
        <source>Write {0}</source>
        <translation>{0} schreiben</translation>
    </message>
    <message>
        <source>Written to {0}</source>
        <translation>Nach {0} geschrieben</translation>
    </message>
    <message>
        <source>Comparing…</source>
        <translation>Wird verglichen…</translation>
    </message>
    <message>
        <source>They could not be compared</source>
        <translation>Sie konnten nicht verglichen werden</translation>
    </message>
    <message>
        <source>the first {0} of {1} differences are shown</source>
        <translation>die ersten {0} von {1} Unterschieden werden angezeigt</translation>
    </message>
    <message numerus="yes">
        <source>%Ln propertie(s) one of the two cannot tell</source>
        <translation>
            <numerusform>%Ln Eigenschaft ist für einen der beiden unbekannt</numerusform>
            <numerusform>%Ln Eigenschaften sind für einen der beiden unbekannt</numerusform>
        </translation>
    </message>
    <message>
        <source>Nothing is different.</source>
        <translation>Es gibt keine Unterschiede.</translation>
    </message>
    <message>
        <source>Nothing is different</source>
        <translation>Keine Unterschiede</translation>
    </message>
    <message>
        <source>Export the comparison</source>
        <translation>Den Vergleich exportieren</translation>
    </message>
</context>
<context>
    <name>ConnectDialog</name>
    <message>
        <source>Add a connection</source>
        <translation>Verbindung hinzufügen</translation>
    </message>
    <message>
        <source>Edit a connection</source>
        <translation>Verbindung bearbeiten</translation>
    </message>
    <message>
        <source>as it is called in the tree; the address if left empty</source>
        <translation>wie sie im Baum heißt; bleibt das Feld leer, die Adresse</translation>
    </message>
    <message>
        <source>Remember the password in the system keyring</source>
        <translation>Passwort im Schlüsselbund des Systems speichern</translation>
    </message>
    <message>
        <source>Read guests: their disks and memory, from outside</source>
        <translation>Gäste lesen: ihre Datenträger und ihren Arbeitsspeicher, von außen</translation>
    </message>
    <message>
        <source>Make temporary snapshots and backup jobs, to read disks consistently</source>
        <translation>Vorübergehende Snapshots und Sicherungsaufträge anlegen, um Datenträger konsistent zu lesen</translation>
    </message>
    <message>
        <source>Quarantine: isolate virtual machines from their networks, and release them</source>
        <translation>Quarantäne: virtuelle Maschinen von ihren Netzwerken isolieren und wieder freigeben</translation>
    </message>
    <message>
        <source>Waiting for an answer</source>
        <translation>Warten auf eine Antwort</translation>
    </message>
    <message>
        <source>Test</source>
        <translation>Testen</translation>
    </message>
    <message>
        <source>Try the address and password without adding anything</source>
        <translation>Adresse und Passwort ausprobieren, ohne etwas hinzuzufügen</translation>
    </message>
    <message>
        <source>Connect</source>
        <translation>Verbinden</translation>
    </message>
    <message>
        <source>Save</source>
        <translation>Speichern</translation>
    </message>
    <message>
        <source>&amp;What</source>
        <translation>&amp;Art</translation>
    </message>
    <message>
        <source>&amp;Address</source>
        <translation>A&amp;dresse</translation>
    </message>
    <message>
        <source>&amp;Name</source>
        <translation>&amp;Name</translation>
    </message>
    <message>
        <source>&amp;Password</source>
        <translation>&amp;Passwort</translation>
    </message>
    <message>
        <source>Beyond looking, the console may</source>
        <translation>Außer zu beobachten, darf die Konsole</translation>
    </message>
    <message>
        <source>No password is needed.</source>
        <translation>Es wird kein Passwort benötigt.</translation>
    </message>
    <message>
        <source>The password stays as it is unless you type another one.</source>
        <translation>Das Passwort bleibt, wie es ist, solange Sie kein anderes eingeben.</translation>
    </message>
    <message>
        <source>It is kept in the system keyring and nowhere else.</source>
        <translation>Es wird im Schlüsselbund des Systems aufbewahrt und sonst nirgends.</translation>
    </message>
    <message>
        <source>It is not saved: the console asks for it again in each session.</source>
        <translation>Es wird nicht gespeichert: Die Konsole fragt in jeder Sitzung erneut danach.</translation>
    </message>
    <message>
        <source>Look for the keyring</source>
        <translation>Schlüsselbund suchen</translation>
    </message>
    <message>
        <source>It cannot be saved: {0}. The console asks for it again in each session.</source>
        <translation>Es kann nicht gespeichert werden: {0}. Die Konsole fragt in jeder Sitzung erneut danach.</translation>
    </message>
    <message>
        <source>Saving…</source>
        <translation>Speichern…</translation>
    </message>
    <message>
        <source>Connecting…</source>
        <translation>Verbinden…</translation>
    </message>
    <message>
        <source>Save {0}</source>
        <translation>{0} speichern</translation>
    </message>
    <message>
        <source>Add {0}</source>
        <translation>{0} hinzufügen</translation>
    </message>
    <message>
        <source>The test was stopped.</source>
        <translation>Der Test wurde abgebrochen.</translation>
    </message>
    <message>
        <source>Trying…</source>
        <translation>Versuch läuft…</translation>
    </message>
    <message>
        <source>Stop</source>
        <translation>Stopp</translation>
    </message>
    <message>
        <source>Test {0}</source>
        <translation>{0} testen</translation>
    </message>
    <message>
        <source>An address is missing.</source>
        <translation>Es fehlt eine Adresse.</translation>
    </message>
    <message>
        <source>For example {0}</source>
        <translation>Zum Beispiel {0}</translation>
    </message>
    <message>
        <source>It answers: {0}</source>
        <translation>Es antwortet: {0}</translation>
    </message>
    <message>
        <source>SHA-256 {0}. You can compare and judge it once you connect.</source>
        <translation>SHA-256 {0}. Sie können ihn vergleichen und beurteilen, sobald Sie verbinden.</translation>
    </message>
</context>
<context>
    <name>ConnectionActions</name>
    <message>
        <source>Add connection…</source>
        <translation>Verbindung hinzufügen…</translation>
    </message>
    <message>
        <source>Connect another hypervisor</source>
        <translation>Einen weiteren Hypervisor verbinden</translation>
    </message>
    <message>
        <source>Reconnect</source>
        <translation>Neu verbinden</translation>
    </message>
    <message>
        <source>End this connection and start it anew</source>
        <translation>Diese Verbindung beenden und neu aufbauen</translation>
    </message>
    <message>
        <source>Enter password…</source>
        <translation>Passwort eingeben…</translation>
    </message>
    <message>
        <source>Give the connection its password</source>
        <translation>Der Verbindung ihr Passwort geben</translation>
    </message>
    <message>
        <source>Review certificate…</source>
        <translation>Zertifikat prüfen…</translation>
    </message>
    <message>
        <source>See what the endpoint showed, and judge</source>
        <translation>Ansehen, was der Endpunkt vorgelegt hat, und urteilen</translation>
    </message>
    <message>
        <source>Edit connection…</source>
        <translation>Verbindung bearbeiten…</translation>
    </message>
    <message>
        <source>Change its name, address, or what is allowed</source>
        <translation>Ihren Namen, ihre Adresse oder das Erlaubte ändern</translation>
    </message>
    <message>
        <source>Remove connection…</source>
        <translation>Verbindung entfernen…</translation>
    </message>
    <message>
        <source>Forget this connection and its password</source>
        <translation>Diese Verbindung und ihr Passwort vergessen</translation>
    </message>
    <message>
        <source>Demo estate</source>
        <translation>Demo-Bestand</translation>
    </message>
    <message>
        <source>Reconnect {0}</source>
        <translation>{0} neu verbinden</translation>
    </message>
    <message>
        <source>Remove connection</source>
        <translation>Verbindung entfernen</translation>
    </message>
    <message>
        <source>Remove “{0}”?</source>
        <translation>„{0}“ entfernen?</translation>
    </message>
    <message>
        <source>The console forgets its address, its password and what it shows of it now. Nothing happens to the hypervisor, and the history of changes stays.</source>
        <translation>Die Konsole vergisst die Adresse, das Passwort und was sie jetzt davon anzeigt. Am Hypervisor geschieht nichts, und der Verlauf der Änderungen bleibt.</translation>
    </message>
    <message>
        <source>Remove</source>
        <translation>Entfernen</translation>
    </message>
    <message>
        <source>Remove {0}</source>
        <translation>{0} entfernen</translation>
    </message>
    <message>
        <source>the engine does not answer</source>
        <translation>die Engine antwortet nicht</translation>
    </message>
    <message>
        <source>no connection is selected</source>
        <translation>keine Verbindung ist ausgewählt</translation>
    </message>
    <message>
        <source>no certificate waits to be judged</source>
        <translation>kein Zertifikat ist zu beurteilen</translation>
    </message>
    <message>
        <source>a demo needs no password</source>
        <translation>eine Demo braucht kein Passwort</translation>
    </message>
</context>
<context>
    <name>ConnectionRows</name>
    <message>
        <source>Add a connection…</source>
        <translation>Verbindung hinzufügen…</translation>
    </message>
    <message>
        <source>Nothing is connected yet.</source>
        <translation>Noch ist nichts verbunden.</translation>
    </message>
    <message>
        <source>Edit…</source>
        <translation>Bearbeiten…</translation>
    </message>
    <message>
        <source>Edit {0}</source>
        <translation>{0} bearbeiten</translation>
    </message>
</context>
<context>
    <name>ConnectionSummary</name>
    <message>
        <source>What it shows</source>
        <translation>Was sie zeigt</translation>
    </message>
    <message>
        <source>Datacenters</source>
        <translation>Datencenter</translation>
    </message>
    <message>
        <source>Clusters</source>
        <translation>Cluster</translation>
    </message>
    <message>
        <source>Hosts</source>
        <translation>Hosts</translation>
    </message>
    <message>
        <source>Virtual machines</source>
        <translation>Virtuelle Maschinen</translation>
    </message>
    <message>
        <source>Networks</source>
        <translation>Netzwerke</translation>
    </message>
    <message>
        <source>Datastores</source>
        <translation>Datenspeicher</translation>
    </message>
    <message>
        <source>State</source>
        <translation>Zustand</translation>
    </message>
    <message>
        <source>Since</source>
        <translation>Seit</translation>
    </message>
    <message>
        <source>Last answer</source>
        <translation>Letzte Antwort</translation>
    </message>
    <message>
        <source>Fingerprint</source>
        <translation>Fingerabdruck</translation>
    </message>
    <message>
        <source>Health</source>
        <translation>Befinden</translation>
    </message>
    <message>
        <source>Connection</source>
        <translation>Verbindung</translation>
    </message>
    <message>
        <source>Address</source>
        <translation>Adresse</translation>
    </message>
    <message>
        <source>Product</source>
        <translation>Produkt</translation>
    </message>
    <message>
        <source>Endpoint</source>
        <translation>Endpunkt</translation>
    </message>
    <message>
        <source>The console may</source>
        <translation>Die Konsole darf</translation>
    </message>
    <message>
        <source>Read guests</source>
        <translation>Gäste lesen</translation>
    </message>
    <message>
        <source>Take snapshots</source>
        <translation>Snapshots anlegen</translation>
    </message>
    <message>
        <source>Quarantine</source>
        <translation>Quarantäne</translation>
    </message>
    <message>
        <source>How it did</source>
        <translation>Verlauf</translation>
    </message>
    <message>
        <source>Nothing is known yet.</source>
        <translation>Noch ist nichts bekannt.</translation>
    </message>
</context>
<context>
    <name>ConnectionsModel</name>
    <message>
        <source>Connection</source>
        <translation>Verbindung</translation>
    </message>
    <message>
        <source>State</source>
        <translation>Zustand</translation>
    </message>
    <message>
        <source>Since</source>
        <translation>Seit</translation>
    </message>
    <message>
        <source>Reason</source>
        <translation>Grund</translation>
    </message>
    <message>
        <source>What to do</source>
        <translation>Was zu tun ist</translation>
    </message>
    <message>
        <source>Address</source>
        <translation>Adresse</translation>
    </message>
    <message>
        <source>(no name)</source>
        <translation>(ohne Namen)</translation>
    </message>
</context>
<context>
    <name>ConnectionsPane</name>
    <message>
        <source>Connections</source>
        <translation>Verbindungen</translation>
    </message>
</context>
<context>
    <name>CountdownBanner</name>
    <message>
        <source>Stop</source>
        <translation>Stopp</translation>
    </message>
    <message>
        <source>Review…</source>
        <translation>Prüfen…</translation>
    </message>
    <message>
        <source>Review all…</source>
        <translation>Alle prüfen…</translation>
    </message>
    <message>
        <source>See what would happen to each, and confirm them together</source>
        <translation>Ansehen, was mit jeder geschehen würde, und alle zusammen bestätigen</translation>
    </message>
    <message>
        <source>The quarantine does not begin</source>
        <translation>Die Quarantäne beginnt nicht</translation>
    </message>
    <message>
        <source>See what would happen, and confirm it or not</source>
        <translation>Ansehen, was geschehen würde, und es bestätigen oder nicht</translation>
    </message>
    <message>
        <source>Dismiss</source>
        <translation>Ausblenden</translation>
    </message>
    <message numerus="yes">
        <source>{0} goes into quarantine in %Ln second(s)</source>
        <translation>
            <numerusform>{0} kommt in %Ln Sekunde unter Quarantäne</numerusform>
            <numerusform>{0} kommt in %Ln Sekunden unter Quarantäne</numerusform>
        </translation>
    </message>
    <message>
        <source>{0} is proposed for quarantine</source>
        <translation>{0} ist für die Quarantäne vorgeschlagen</translation>
    </message>
    <message numerus="yes">
        <source>and %Ln more</source>
        <translation>
            <numerusform>und %Ln weiterer</numerusform>
            <numerusform>und %Ln weitere</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>Dashboard</name>
    <message>
        <source>Dashboard</source>
        <translation>Dashboard</translation>
    </message>
    <message>
        <source>Show the findings of this severity and worse</source>
        <translation>Die Befunde dieser Schwere und schlimmere anzeigen</translation>
    </message>
    <message>
        <source>of what is known holds</source>
        <translation>des Bekannten ist erfüllt</translation>
    </message>
    <message>
        <source>Show all findings</source>
        <translation>Alle Befunde anzeigen</translation>
    </message>
    <message>
        <source>Range of time</source>
        <translation>Zeitraum</translation>
    </message>
    <message>
        <source>1 hour</source>
        <translation>1 Stunde</translation>
    </message>
    <message>
        <source>24 hours</source>
        <translation>24 Stunden</translation>
    </message>
    <message>
        <source>7 days</source>
        <translation>7 Tage</translation>
    </message>
    <message>
        <source>Open findings</source>
        <translation>Offene Befunde</translation>
    </message>
    <message>
        <source>Changes seen</source>
        <translation>Gesehene Änderungen</translation>
    </message>
    <message>
        <source>VM</source>
        <translation>VM</translation>
    </message>
    <message>
        <source>Worst</source>
        <translation>Schlimmster</translation>
    </message>
    <message>
        <source>Open</source>
        <translation>Offen</translation>
    </message>
    <message>
        <source>Worst VMs</source>
        <translation>VMs mit den schlimmsten Befunden</translation>
    </message>
    <message>
        <source>Policy</source>
        <translation>Richtlinie</translation>
    </message>
    <message>
        <source>VMs</source>
        <translation>VMs</translation>
    </message>
    <message>
        <source>Score</source>
        <translation>Erfüllung</translation>
    </message>
    <message>
        <source>Coverage</source>
        <translation>Abdeckung</translation>
    </message>
    <message>
        <source>Worst policies</source>
        <translation>Am wenigsten erfüllte Richtlinien</translation>
    </message>
    <message>
        <source>No VM has an open finding.</source>
        <translation>Keine VM hat einen offenen Befund.</translation>
    </message>
    <message>
        <source>No finding was open then</source>
        <translation>Damals war kein Befund offen</translation>
    </message>
    <message numerus="yes">
        <source>%Ln policy file(s)</source>
        <translation>
            <numerusform>%Ln Richtliniendatei</numerusform>
            <numerusform>%Ln Richtliniendateien</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln failing judgement(s)</source>
        <translation>
            <numerusform>%Ln Verstoß</numerusform>
            <numerusform>%Ln Verstöße</numerusform>
        </translation>
    </message>
    <message>
        <source>Nothing urgent</source>
        <translation>Nichts Dringendes</translation>
    </message>
    <message>
        <source>coverage: so much is known</source>
        <translation>Abdeckung: so viel ist bekannt</translation>
    </message>
    <message numerus="yes">
        <source>%Ln urgent finding(s)</source>
        <translation>
            <numerusform>%Ln dringender Befund</numerusform>
            <numerusform>%Ln dringende Befunde</numerusform>
        </translation>
    </message>
    <message>
        <source>Judging…</source>
        <translation>Bewertung läuft…</translation>
    </message>
    <message>
        <source>No policy is in force</source>
        <translation>Keine Richtlinie ist in Kraft</translation>
    </message>
    <message>
        <source>Nothing is known to be wrong</source>
        <translation>Nichts Falsches bekannt</translation>
    </message>
    <message>
        <source>Everything holds</source>
        <translation>Alles ist erfüllt</translation>
    </message>
    <message numerus="yes">
        <source>%Ln VM(s)</source>
        <translation>
            <numerusform>%Ln VM</numerusform>
            <numerusform>%Ln VMs</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln judgement(s)</source>
        <translation>
            <numerusform>%Ln Bewertung</numerusform>
            <numerusform>%Ln Bewertungen</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>of %Ln nobody can tell</source>
        <translation>
            <numerusform>zu %Ln lässt sich nichts sagen</numerusform>
            <numerusform>zu %Ln lässt sich nichts sagen</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>DataRows</name>
    <message>
        <source>This session keeps nothing: it has no folder, and forgets everything when it ends.</source>
        <translation>Diese Sitzung behält nichts: Sie hat keinen Ordner und vergisst alles, wenn sie endet.</translation>
    </message>
    <message>
        <source>History of changes</source>
        <translation>Verlauf der Änderungen</translation>
    </message>
    <message>
        <source>Saved connections</source>
        <translation>Gespeicherte Verbindungen</translation>
    </message>
    <message>
        <source>Log of the engine</source>
        <translation>Protokoll der Engine</translation>
    </message>
    <message>
        <source>Log of the window</source>
        <translation>Protokoll des Fensters</translation>
    </message>
    <message>
        <source>Open the folder</source>
        <translation>Ordner öffnen</translation>
    </message>
    <message>
        <source>Open the engine&apos;s log</source>
        <translation>Protokoll der Engine öffnen</translation>
    </message>
    <message>
        <source>This desktop opens no files: look at {0}</source>
        <translation>Dieser Desktop öffnet keine Dateien: Sehen Sie in {0} nach</translation>
    </message>
</context>
<context>
    <name>DatacenterSummary</name>
    <message>
        <source>Clusters</source>
        <translation>Cluster</translation>
    </message>
    <message>
        <source>Hosts</source>
        <translation>Hosts</translation>
    </message>
    <message>
        <source>Virtual machines</source>
        <translation>Virtuelle Maschinen</translation>
    </message>
    <message>
        <source>Networks</source>
        <translation>Netzwerke</translation>
    </message>
    <message>
        <source>Datastores</source>
        <translation>Datenspeicher</translation>
    </message>
    <message>
        <source>Folder</source>
        <translation>Ordner</translation>
    </message>
    <message>
        <source>Datacenter</source>
        <translation>Datencenter</translation>
    </message>
    <message>
        <source>Cluster</source>
        <translation>Cluster</translation>
    </message>
    <message>
        <source>VMs</source>
        <translation>VMs</translation>
    </message>
    <message>
        <source>DRS</source>
        <translation>DRS</translation>
    </message>
    <message>
        <source>HA</source>
        <translation>HA</translation>
    </message>
    <message>
        <source>None.</source>
        <translation>Keine.</translation>
    </message>
</context>
<context>
    <name>DatastoreSummary</name>
    <message>
        <source>Type</source>
        <translation>Typ</translation>
    </message>
    <message>
        <source>Path</source>
        <translation>Pfad</translation>
    </message>
    <message>
        <source>Accessible</source>
        <translation>Erreichbar</translation>
    </message>
    <message>
        <source>Virtual machines</source>
        <translation>Virtuelle Maschinen</translation>
    </message>
    <message>
        <source>Datacenter</source>
        <translation>Datencenter</translation>
    </message>
    <message>
        <source>Storage</source>
        <translation>Speicher</translation>
    </message>
</context>
<context>
    <name>Decisions</name>
    <message numerus="yes">
        <source>%Ln finding(s) acknowledged</source>
        <translation>
            <numerusform>%Ln Befund bestätigt</numerusform>
            <numerusform>%Ln Befunde bestätigt</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Acknowledge %Ln finding(s)</source>
        <translation>
            <numerusform>%Ln Befund bestätigen</numerusform>
            <numerusform>%Ln Befunde bestätigen</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln finding(s) no longer acknowledged</source>
        <translation>
            <numerusform>%Ln Befund nicht mehr bestätigt</numerusform>
            <numerusform>%Ln Befunde nicht mehr bestätigt</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Take back %Ln acknowledgement(s)</source>
        <translation>
            <numerusform>%Ln Bestätigung zurücknehmen</numerusform>
            <numerusform>%Ln Bestätigungen zurücknehmen</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln waiver(s) made</source>
        <translation>
            <numerusform>%Ln Ausnahme gewährt</numerusform>
            <numerusform>%Ln Ausnahmen gewährt</numerusform>
        </translation>
    </message>
    <message>
        <source>Waive findings</source>
        <translation>Ausnahmen für Befunde gewähren</translation>
    </message>
    <message numerus="yes">
        <source>%Ln waiver(s) ended</source>
        <translation>
            <numerusform>%Ln Ausnahme beendet</numerusform>
            <numerusform>%Ln Ausnahmen beendet</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>End %Ln waiver(s)</source>
        <translation>
            <numerusform>%Ln Ausnahme beenden</numerusform>
            <numerusform>%Ln Ausnahmen beenden</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln VM(s) known to be good as they are</source>
        <translation>
            <numerusform>%Ln VM gilt, wie sie ist, als gut</numerusform>
            <numerusform>%Ln VMs gelten, wie sie sind, als gut</numerusform>
        </translation>
    </message>
    <message>
        <source>Accept drift as new baseline</source>
        <translation>Abweichung als neue Baseline übernehmen</translation>
    </message>
</context>
<context>
    <name>Describer</name>
    <message>
        <source>not measured yet</source>
        <translation>noch nicht gemessen</translation>
    </message>
    <message>
        <source>measured at {0}</source>
        <translation>gemessen um {0}</translation>
    </message>
    <message>
        <source>{0} of {1}</source>
        <translation>{0} von {1}</translation>
    </message>
    <message>
        <source>CPU</source>
        <translation>CPU</translation>
    </message>
    <message>
        <source>Memory</source>
        <translation>Arbeitsspeicher</translation>
    </message>
    <message>
        <source>Disk read · write</source>
        <translation>Datenträger lesen · schreiben</translation>
    </message>
    <message>
        <source>Network in · out</source>
        <translation>Netzwerk ein · aus</translation>
    </message>
    <message>
        <source>Newest changes</source>
        <translation>Neueste Änderungen</translation>
    </message>
    <message>
        <source>Nothing has changed yet.</source>
        <translation>Bisher hat sich nichts geändert.</translation>
    </message>
    <message>
        <source>When</source>
        <translation>Wann</translation>
    </message>
    <message>
        <source>What</source>
        <translation>Was</translation>
    </message>
    <message>
        <source>Before</source>
        <translation>Vorher</translation>
    </message>
    <message>
        <source>After</source>
        <translation>Nachher</translation>
    </message>
    <message>
        <source>Who</source>
        <translation>Wer</translation>
    </message>
    <message>
        <source>by whom is not known</source>
        <translation>von wem, ist nicht bekannt</translation>
    </message>
    <message>
        <source>alarm since {0}</source>
        <translation>Alarm seit {0}</translation>
    </message>
    <message>
        <source>alarm since {0}, acknowledged by {1}</source>
        <translation>Alarm seit {0}, bestätigt von {1}</translation>
    </message>
    <message>
        <source>Datastore</source>
        <translation>Datenspeicher</translation>
    </message>
    <message>
        <source>Type</source>
        <translation>Typ</translation>
    </message>
    <message>
        <source>Capacity</source>
        <translation>Kapazität</translation>
    </message>
    <message>
        <source>Free</source>
        <translation>Frei</translation>
    </message>
    <message>
        <source>Used</source>
        <translation>Belegt</translation>
    </message>
    <message>
        <source>Datastores</source>
        <translation>Datenspeicher</translation>
    </message>
    <message>
        <source>None known.</source>
        <translation>Keine bekannt.</translation>
    </message>
</context>
<context>
    <name>Descriptions</name>
    <message>
        <source>none</source>
        <translation>keine</translation>
    </message>
    <message numerus="yes">
        <source>%Ln of them waived</source>
        <translation>
            <numerusform>davon %Ln ausgenommen</numerusform>
            <numerusform>davon %Ln ausgenommen</numerusform>
        </translation>
    </message>
    <message>
        <source>{0} hold, {1} fail, {2} not known</source>
        <translation>{0} erfüllt, {1} verletzt, {2} nicht bekannt</translation>
    </message>
    <message>
        <source>Open findings</source>
        <translation>Offene Befunde</translation>
    </message>
    <message>
        <source>Score</source>
        <translation>Erfüllung</translation>
    </message>
    <message>
        <source>Coverage</source>
        <translation>Abdeckung</translation>
    </message>
    <message>
        <source>The share of judgements that could be made: what is not known never counts as a pass</source>
        <translation>Der Anteil der Bewertungen, die möglich waren: Was nicht bekannt ist, gilt nie als erfüllt</translation>
    </message>
    <message>
        <source>Policies that concern it</source>
        <translation>Richtlinien, die sie betreffen</translation>
    </message>
    <message>
        <source>{0} of {1}</source>
        <translation>{0} von {1}</translation>
    </message>
    <message>
        <source>{0} by {1}</source>
        <translation>{0} von {1}</translation>
    </message>
    <message>
        <source>since {0}; by whom is not known</source>
        <translation>seit {0}; von wem, ist nicht bekannt</translation>
    </message>
    <message>
        <source>Rule</source>
        <translation>Regel</translation>
    </message>
    <message>
        <source>Verdict</source>
        <translation>Ergebnis</translation>
    </message>
    <message>
        <source>Severity</source>
        <translation>Schwere</translation>
    </message>
    <message>
        <source>What there is</source>
        <translation>Was vorliegt</translation>
    </message>
    <message>
        <source>What to do</source>
        <translation>Was zu tun ist</translation>
    </message>
    <message>
        <source>{0} – whether it concerns this VM is not known</source>
        <translation>{0} – ob sie diese VM betrifft, ist nicht bekannt</translation>
    </message>
    <message>
        <source>This policy has no rules.</source>
        <translation>Diese Richtlinie hat keine Regeln.</translation>
    </message>
    <message>
        <source>“{0}” has the higher priority</source>
        <translation>„{0}“ hat Vorrang</translation>
    </message>
    <message>
        <source>does not count</source>
        <translation>zählt nicht</translation>
    </message>
    <message>
        <source>not judged</source>
        <translation>nicht bewertet</translation>
    </message>
    <message>
        <source>“{0}” counts in its place</source>
        <translation>„{0}“ zählt an ihrer Stelle</translation>
    </message>
    <message>
        <source>Why these policies, clause by clause</source>
        <translation>Warum diese Richtlinien, Bedingung für Bedingung</translation>
    </message>
    <message>
        <source>Of these nobody can tell: {0}</source>
        <translation>Zu diesen lässt sich nichts sagen: {0}</translation>
    </message>
    <message>
        <source>Groups</source>
        <translation>Gruppen</translation>
    </message>
    <message>
        <source>Group, and who belongs</source>
        <translation>Gruppe, und wer dazugehört</translation>
    </message>
    <message>
        <source>Groups, clause by clause</source>
        <translation>Gruppen, Bedingung für Bedingung</translation>
    </message>
    <message>
        <source>Why the policy concerns the VM, clause by clause</source>
        <translation>Warum die Richtlinie die VM betrifft, Bedingung für Bedingung</translation>
    </message>
    <message>
        <source>Policy, and who is meant</source>
        <translation>Richtlinie, und wer gemeint ist</translation>
    </message>
    <message>
        <source>Meets it</source>
        <translation>Trifft zu</translation>
    </message>
    <message>
        <source>What the VM has</source>
        <translation>Was die VM hat</translation>
    </message>
    <message>
        <source>No policy is in force.</source>
        <translation>Keine Richtlinie ist in Kraft.</translation>
    </message>
    <message>
        <source>yes</source>
        <translation>ja</translation>
    </message>
    <message>
        <source>no</source>
        <translation>nein</translation>
    </message>
    <message>
        <source>among the exceptions</source>
        <translation>unter den Ausnahmen</translation>
    </message>
    <message>
        <source>picked by hand</source>
        <translation>von Hand gewählt</translation>
    </message>
    <message>
        <source>Resolved</source>
        <translation>Behoben</translation>
    </message>
    <message>
        <source>Opened</source>
        <translation>Aufgetreten</translation>
    </message>
    <message>
        <source>What was</source>
        <translation>Was war</translation>
    </message>
    <message>
        <source>holds again</source>
        <translation>ist wieder erfüllt</translation>
    </message>
    <message>
        <source>the VM was gone</source>
        <translation>die VM war fort</translation>
    </message>
    <message>
        <source>no longer concerned</source>
        <translation>nicht mehr betroffen</translation>
    </message>
    <message>
        <source>rule withdrawn</source>
        <translation>Regel zurückgezogen</translation>
    </message>
    <message>
        <source>Resolved of late</source>
        <translation>Kürzlich behoben</translation>
    </message>
</context>
<context>
    <name>DesktopMessages</name>
    <message>
        <source>Look for the desktop&apos;s messages</source>
        <translation>Meldungen des Desktops suchen</translation>
    </message>
    <message>
        <source>Show a message</source>
        <translation>Meldung anzeigen</translation>
    </message>
</context>
<context>
    <name>Diagnostics</name>
    <message>
        <source>Passwords, tokens and user names are left out. Names and addresses of your hosts may be in it: read it before you give it to others.</source>
        <translation>Passwörter, Token und Benutzernamen sind ausgelassen. Namen und Adressen Ihrer Hosts können darin stehen: Lesen Sie es, bevor Sie es weitergeben.</translation>
    </message>
    <message>
        <source>Diagnostics</source>
        <translation>Diagnose</translation>
    </message>
    <message>
        <source>The console goes on. Whoever mends it needs to know this and what you did before it happened.</source>
        <translation>Die Konsole läuft weiter. Wer den Fehler behebt, muss dies wissen und was Sie vorher getan haben.</translation>
    </message>
    <message>
        <source>An unexpected error</source>
        <translation>Ein unerwarteter Fehler</translation>
    </message>
    <message>
        <source>Something went wrong while doing this: {0}. The console goes on.</source>
        <translation>Dabei ist etwas schiefgegangen: {0}. Die Konsole läuft weiter.</translation>
    </message>
    <message>
        <source>Something went wrong in this window. The console goes on.</source>
        <translation>In diesem Fenster ist etwas schiefgegangen. Die Konsole läuft weiter.</translation>
    </message>
</context>
<context>
    <name>DifferenceList</name>
    <message>
        <source>Differences</source>
        <translation>Unterschiede</translation>
    </message>
    <message>
        <source>What</source>
        <translation>Was</translation>
    </message>
    <message>
        <source>Property</source>
        <translation>Eigenschaft</translation>
    </message>
    <message>
        <source>Before</source>
        <translation>Vorher</translation>
    </message>
    <message>
        <source>After</source>
        <translation>Nachher</translation>
    </message>
    <message>
        <source>Who</source>
        <translation>Wer</translation>
    </message>
    <message>
        <source>When</source>
        <translation>Wann</translation>
    </message>
</context>
<context>
    <name>DifferenceWords</name>
    <message>
        <source>network edited</source>
        <translation>Netzwerk bearbeitet</translation>
    </message>
    <message>
        <source>moved to another host</source>
        <translation>auf einen anderen Host verschoben</translation>
    </message>
    <message>
        <source>inside guests</source>
        <translation>in Gästen</translation>
    </message>
    <message>
        <source>its own</source>
        <translation>für sich</translation>
    </message>
    <message>
        <source>new</source>
        <translation>neu</translation>
    </message>
    <message>
        <source>gone</source>
        <translation>fort</translation>
    </message>
    <message>
        <source>another</source>
        <translation>anders</translation>
    </message>
    <message>
        <source>state</source>
        <translation>Zustand</translation>
    </message>
    <message>
        <source>hardware</source>
        <translation>Hardware</translation>
    </message>
    <message>
        <source>network</source>
        <translation>Netzwerk</translation>
    </message>
    <message>
        <source>storage</source>
        <translation>Speicher</translation>
    </message>
    <message>
        <source>settings</source>
        <translation>Einstellungen</translation>
    </message>
    <message>
        <source>tags and labels</source>
        <translation>Tags und Labels</translation>
    </message>
    <message>
        <source>guest system</source>
        <translation>Gastsystem</translation>
    </message>
    <message>
        <source>applications</source>
        <translation>Anwendungen</translation>
    </message>
    <message>
        <source>services</source>
        <translation>Dienste</translation>
    </message>
    <message>
        <source>patches</source>
        <translation>Patches</translation>
    </message>
    <message>
        <source>users</source>
        <translation>Benutzer</translation>
    </message>
    <message>
        <source>listening sockets</source>
        <translation>lauschende Sockets</translation>
    </message>
    <message>
        <source>kernel modules</source>
        <translation>Kernelmodule</translation>
    </message>
    <message>
        <source>settings inside</source>
        <translation>Einstellungen im Gast</translation>
    </message>
    <message>
        <source>autostart inside</source>
        <translation>Autostart im Gast</translation>
    </message>
</context>
<context>
    <name>Discoveries</name>
    <message>
        <source>Discover {0}</source>
        <translation>{0} einlesen</translation>
    </message>
    <message>
        <source>the engine is gone</source>
        <translation>die Engine ist fort</translation>
    </message>
    <message>
        <source>the connection was removed</source>
        <translation>die Verbindung wurde entfernt</translation>
    </message>
    <message numerus="yes">
        <source>%Ln record(s)</source>
        <translation>
            <numerusform>%Ln Eintrag</numerusform>
            <numerusform>%Ln Einträge</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>Dock</name>
    <message>
        <source>Show “{0}” and move the keyboard there</source>
        <translation>„{0}“ anzeigen und die Tastatur dorthin bringen</translation>
    </message>
    <message>
        <source>Tear off “{0}”</source>
        <translation>„{0}“ ablösen</translation>
    </message>
    <message>
        <source>Put it into a window of its own, for another screen, or back</source>
        <translation>In ein eigenes Fenster, für einen anderen Bildschirm, oder zurück</translation>
    </message>
    <message>
        <source>Lists</source>
        <translation>Listen</translation>
    </message>
</context>
<context>
    <name>Doubt</name>
    <message>
        <source>Give it up</source>
        <translation>Löschen</translation>
    </message>
    <message>
        <source>Keep it</source>
        <translation>Behalten</translation>
    </message>
    <message>
        <source>Give up a part of the past for good</source>
        <translation>Einen Teil des Verlaufs endgültig löschen</translation>
    </message>
    <message>
        <source>Keep the past as it is</source>
        <translation>Den Verlauf behalten, wie er ist</translation>
    </message>
</context>
<context>
    <name>Draft</name>
    <message>
        <source>Read {0}</source>
        <translation>{0} lesen</translation>
    </message>
</context>
<context>
    <name>Drawing</name>
    <message numerus="yes">
        <source>%Ln host(s)</source>
        <translation>
            <numerusform>%Ln Host</numerusform>
            <numerusform>%Ln Hosts</numerusform>
        </translation>
    </message>
    <message>
        <source>No datacenter</source>
        <translation>Kein Datencenter</translation>
    </message>
    <message numerus="yes">
        <source>%Ln VM(s)</source>
        <translation>
            <numerusform>%Ln VM</numerusform>
            <numerusform>%Ln VMs</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln network(s)</source>
        <translation>
            <numerusform>%Ln Netzwerk</numerusform>
            <numerusform>%Ln Netzwerke</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln out of place</source>
        <translation>
            <numerusform>%Ln fehl am Platz</numerusform>
            <numerusform>%Ln fehl am Platz</numerusform>
        </translation>
    </message>
    <message>
        <source>no VM</source>
        <translation>keine VM</translation>
    </message>
    <message>
        <source>Untagged</source>
        <translation>Ohne Tag</translation>
    </message>
    <message>
        <source>Trunk {0}</source>
        <translation>Trunk {0}</translation>
    </message>
    <message>
        <source>Private VLAN {0}</source>
        <translation>Privates VLAN {0}</translation>
    </message>
    <message>
        <source>VLAN {0}</source>
        <translation>VLAN {0}</translation>
    </message>
    <message>
        <source>Without a network card</source>
        <translation>Ohne Netzwerkkarte</translation>
    </message>
    <message>
        <source>VLAN not known</source>
        <translation>VLAN nicht bekannt</translation>
    </message>
    <message>
        <source>not plugged in</source>
        <translation>nicht angeschlossen</translation>
    </message>
    <message>
        <source>on no known network</source>
        <translation>in keinem bekannten Netzwerk</translation>
    </message>
    <message>
        <source>Hosts without a cluster</source>
        <translation>Hosts ohne Cluster</translation>
    </message>
</context>
<context>
    <name>Editor</name>
    <message>
        <source>Form</source>
        <translation>Formular</translation>
    </message>
    <message>
        <source>Text</source>
        <translation>Text</translation>
    </message>
    <message>
        <source>Changes</source>
        <translation>Änderungen</translation>
    </message>
    <message>
        <source>Line</source>
        <translation>Zeile</translation>
    </message>
    <message>
        <source>What is wrong</source>
        <translation>Was nicht stimmt</translation>
    </message>
    <message>
        <source>What to do</source>
        <translation>Was zu tun ist</translation>
    </message>
    <message>
        <source>Problems</source>
        <translation>Probleme</translation>
    </message>
    <message numerus="yes">
        <source>%Ln problem(s)</source>
        <translation>
            <numerusform>%Ln Problem</numerusform>
            <numerusform>%Ln Probleme</numerusform>
        </translation>
    </message>
    <message>
        <source>No problems</source>
        <translation>Keine Probleme</translation>
    </message>
</context>
<context>
    <name>EstateModel</name>
    <message>
        <source>open</source>
        <translation>aufgeklappt</translation>
    </message>
    <message>
        <source>closed</source>
        <translation>zugeklappt</translation>
    </message>
    <message>
        <source>(no name)</source>
        <translation>(ohne Namen)</translation>
    </message>
    <message>
        <source>VLAN {0}</source>
        <translation>VLAN {0}</translation>
    </message>
    <message>
        <source>(not plugged in)</source>
        <translation>(nicht angeschlossen)</translation>
    </message>
    <message>
        <source>Networks</source>
        <translation>Netzwerke</translation>
    </message>
    <message>
        <source>Storage</source>
        <translation>Speicher</translation>
    </message>
    <message>
        <source>VLAN not known</source>
        <translation>VLAN nicht bekannt</translation>
    </message>
    <message>
        <source>(no network card)</source>
        <translation>(keine Netzwerkkarte)</translation>
    </message>
    <message>
        <source>(no folder)</source>
        <translation>(kein Ordner)</translation>
    </message>
    <message>
        <source>(no resource pool)</source>
        <translation>(kein Ressourcenpool)</translation>
    </message>
    <message>
        <source>(no tag)</source>
        <translation>(kein Tag)</translation>
    </message>
    <message>
        <source>VLAN</source>
        <translation>VLAN</translation>
    </message>
    <message>
        <source>Network</source>
        <translation>Netzwerk</translation>
    </message>
    <message>
        <source>Folder</source>
        <translation>Ordner</translation>
    </message>
    <message>
        <source>Resource pool</source>
        <translation>Ressourcenpool</translation>
    </message>
    <message>
        <source>Tag</source>
        <translation>Tag</translation>
    </message>
    <message>
        <source>State</source>
        <translation>Zustand</translation>
    </message>
    <message numerus="yes">
        <source>%Ln in trouble below</source>
        <translation>
            <numerusform>%Ln mit Störung darunter</numerusform>
            <numerusform>%Ln mit Störungen darunter</numerusform>
        </translation>
    </message>
    <message>
        <source>and {0} more</source>
        <translation>und {0} weitere</translation>
    </message>
    <message numerus="yes">
        <source>%Ln VM(s)</source>
        <translation>
            <numerusform>%Ln VM</numerusform>
            <numerusform>%Ln VMs</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>EstatePane</name>
    <message>
        <source>Estate {0}</source>
        <translation>Bestand {0}</translation>
    </message>
    <message>
        <source>Sort by name</source>
        <translation>Nach Name sortieren</translation>
    </message>
    <message>
        <source>Sort by state</source>
        <translation>Nach Zustand sortieren</translation>
    </message>
    <message>
        <source>The order of the tree</source>
        <translation>Die Reihenfolge des Baums</translation>
    </message>
    <message>
        <source>Expand all</source>
        <translation>Alles aufklappen</translation>
    </message>
    <message>
        <source>Open every branch of the tree</source>
        <translation>Jeden Zweig des Baums öffnen</translation>
    </message>
    <message>
        <source>Collapse all</source>
        <translation>Alles zuklappen</translation>
    </message>
    <message>
        <source>Close every branch of the tree</source>
        <translation>Jeden Zweig des Baums schließen</translation>
    </message>
    <message>
        <source>How the estate is arranged</source>
        <translation>Wie der Bestand angeordnet ist</translation>
    </message>
    <message>
        <source>Nothing matches the search. Change or empty the search box above.</source>
        <translation>Nichts passt zur Suche. Das Suchfeld oben ändern oder leeren.</translation>
    </message>
</context>
<context>
    <name>EstateView</name>
    <message>
        <source>Estate</source>
        <translation>Bestand</translation>
    </message>
    <message>
        <source>Connections and what they hold; right opens a row, left closes it, * opens all below</source>
        <translation>Verbindungen und was sie enthalten; rechts öffnet eine Zeile, links schließt sie, * öffnet alles darunter</translation>
    </message>
</context>
<context>
    <name>ExplainDialog</name>
    <message>
        <source>Explain a finding</source>
        <translation>Befund erklären</translation>
    </message>
    <message>
        <source>Asking for the clauses…</source>
        <translation>Bedingungen werden erfragt…</translation>
    </message>
    <message>
        <source>Edit the policy…</source>
        <translation>Richtlinie bearbeiten…</translation>
    </message>
    <message numerus="yes">
        <source>{0}, came back %Ln time(s)</source>
        <translation>
            <numerusform>{0}, kam %Ln Mal wieder</numerusform>
            <numerusform>{0}, kam %Ln Mal wieder</numerusform>
        </translation>
    </message>
    <message>
        <source>What there is</source>
        <translation>Was vorliegt</translation>
    </message>
    <message>
        <source>Severity</source>
        <translation>Schwere</translation>
    </message>
    <message>
        <source>Policy</source>
        <translation>Richtlinie</translation>
    </message>
    <message>
        <source>Since</source>
        <translation>Seit</translation>
    </message>
    <message>
        <source>Changed by</source>
        <translation>Geändert von</translation>
    </message>
    <message>
        <source>not known</source>
        <translation>nicht bekannt</translation>
    </message>
    <message>
        <source>Stage</source>
        <translation>Stand</translation>
    </message>
    <message>
        <source>{0}, {1}</source>
        <translation>{0}, {1}</translation>
    </message>
    <message>
        <source>Acknowledged by</source>
        <translation>Bestätigt von</translation>
    </message>
    <message>
        <source>{0}, until {1}</source>
        <translation>{0}, bis {1}</translation>
    </message>
    <message>
        <source>Waived by</source>
        <translation>Ausgenommen von</translation>
    </message>
    <message>
        <source>Now</source>
        <translation>Jetzt</translation>
    </message>
    <message>
        <source>Why it matters</source>
        <translation>Warum es wichtig ist</translation>
    </message>
    <message>
        <source>What to do</source>
        <translation>Was zu tun ist</translation>
    </message>
    <message>
        <source>See</source>
        <translation>Siehe</translation>
    </message>
</context>
<context>
    <name>Export</name>
    <message>
        <source>{0} could not be written: {1}</source>
        <translation>{0} konnte nicht geschrieben werden: {1}</translation>
    </message>
    <message>
        <source>choose another folder, or make room there, and export again</source>
        <translation>wählen Sie einen anderen Ordner oder schaffen Sie dort Platz, und exportieren Sie erneut</translation>
    </message>
</context>
<context>
    <name>ExportDialog</name>
    <message>
        <source>Save as…</source>
        <translation>Speichern unter…</translation>
    </message>
</context>
<context>
    <name>ExpressionBox</name>
    <message>
        <source>Members as an expression</source>
        <translation>Mitglieder als Ausdruck</translation>
    </message>
</context>
<context>
    <name>Extract</name>
    <message>
        <source>none</source>
        <translation>keine</translation>
    </message>
</context>
<context>
    <name>FactSets</name>
    <message>
        <source>Nobody has looked inside this guest yet.</source>
        <translation>In diesen Gast hat noch niemand geschaut.</translation>
    </message>
    <message>
        <source>Looking it up…</source>
        <translation>Wird nachgeschlagen…</translation>
    </message>
    <message>
        <source>There are none.</source>
        <translation>Es gibt keine.</translation>
    </message>
    <message>
        <source>Application</source>
        <translation>Anwendung</translation>
    </message>
    <message>
        <source>Version</source>
        <translation>Version</translation>
    </message>
    <message>
        <source>Architecture</source>
        <translation>Architektur</translation>
    </message>
    <message>
        <source>Source package</source>
        <translation>Quellpaket</translation>
    </message>
    <message>
        <source>Installed by</source>
        <translation>Installiert von</translation>
    </message>
    <message>
        <source>Newest change</source>
        <translation>Letzte Änderung</translation>
    </message>
    <message>
        <source>Service</source>
        <translation>Dienst</translation>
    </message>
    <message>
        <source>Starts by itself</source>
        <translation>Startet selbsttätig</translation>
    </message>
    <message>
        <source>Runs</source>
        <translation>Läuft</translation>
    </message>
    <message>
        <source>State</source>
        <translation>Zustand</translation>
    </message>
    <message>
        <source>Unit</source>
        <translation>Unit</translation>
    </message>
    <message>
        <source>User</source>
        <translation>Benutzer</translation>
    </message>
    <message>
        <source>Number</source>
        <translation>Nummer</translation>
    </message>
    <message>
        <source>Administrator</source>
        <translation>Administrator</translation>
    </message>
    <message>
        <source>Locked</source>
        <translation>Gesperrt</translation>
    </message>
    <message>
        <source>Password</source>
        <translation>Passwort</translation>
    </message>
    <message>
        <source>SSH keys</source>
        <translation>Schlüssel</translation>
    </message>
    <message>
        <source>Shell</source>
        <translation>Shell</translation>
    </message>
    <message>
        <source>Patch</source>
        <translation>Patch</translation>
    </message>
    <message>
        <source>Installed</source>
        <translation>Installiert</translation>
    </message>
    <message>
        <source>PID</source>
        <translation>PID</translation>
    </message>
    <message>
        <source>Process</source>
        <translation>Prozess</translation>
    </message>
    <message>
        <source>Command</source>
        <translation>Befehl</translation>
    </message>
    <message>
        <source>Port</source>
        <translation>Port</translation>
    </message>
    <message>
        <source>Protocol</source>
        <translation>Protokoll</translation>
    </message>
    <message>
        <source>Address</source>
        <translation>Adresse</translation>
    </message>
    <message>
        <source>any</source>
        <translation>beliebig</translation>
    </message>
    <message>
        <source>Network</source>
        <translation>Netzwerk</translation>
    </message>
    <message>
        <source>the guest&apos;s own</source>
        <translation>das des Gasts</translation>
    </message>
    <message>
        <source>Interface</source>
        <translation>Schnittstelle</translation>
    </message>
    <message>
        <source>MAC</source>
        <translation>MAC</translation>
    </message>
    <message>
        <source>Setting</source>
        <translation>Einstellung</translation>
    </message>
    <message>
        <source>Value</source>
        <translation>Wert</translation>
    </message>
    <message>
        <source>Written down in</source>
        <translation>Eingetragen in</translation>
    </message>
    <message>
        <source>When</source>
        <translation>Wann</translation>
    </message>
    <message>
        <source>Kernel module</source>
        <translation>Kernelmodul</translation>
    </message>
    <message>
        <source>Size</source>
        <translation>Größe</translation>
    </message>
    <message>
        <source>Taints</source>
        <translation>Taints</translation>
    </message>
    <message>
        <source>Sign</source>
        <translation>Spur</translation>
    </message>
    <message>
        <source>What was seen</source>
        <translation>Was gesehen wurde</translation>
    </message>
</context>
<context>
    <name>Facts</name>
    <message>
        <source>(no name)</source>
        <translation>(ohne Namen)</translation>
    </message>
    <message>
        <source>running</source>
        <translation>laufen</translation>
    </message>
    <message>
        <source>not running</source>
        <translation>laufen nicht</translation>
    </message>
    <message>
        <source>not installed</source>
        <translation>nicht installiert</translation>
    </message>
    <message>
        <source>outdated</source>
        <translation>veraltet</translation>
    </message>
    <message>
        <source>Tools {0}</source>
        <translation>Tools {0}</translation>
    </message>
    <message>
        <source>nothing that the log remembers</source>
        <translation>nichts, woran sich das Protokoll erinnert</translation>
    </message>
    <message>
        <source>by {0}</source>
        <translation>von {0}</translation>
    </message>
    <message>
        <source>by whom is not known</source>
        <translation>von wem, ist nicht bekannt</translation>
    </message>
    <message>
        <source>VLAN {0}</source>
        <translation>VLAN {0}</translation>
    </message>
</context>
<context>
    <name>FindingList</name>
    <message>
        <source>open since</source>
        <translation>seitdem offen</translation>
    </message>
    <message>
        <source>resolved since</source>
        <translation>seitdem behoben</translation>
    </message>
    <message>
        <source>Findings</source>
        <translation>Befunde</translation>
    </message>
    <message>
        <source>Is</source>
        <translation>Ist</translation>
    </message>
    <message>
        <source>VM</source>
        <translation>VM</translation>
    </message>
    <message>
        <source>Policy</source>
        <translation>Richtlinie</translation>
    </message>
    <message>
        <source>Evidence</source>
        <translation>Beleg</translation>
    </message>
</context>
<context>
    <name>FindingNews</name>
    <message>
        <source>by {0}</source>
        <translation>von {0}</translation>
    </message>
    <message>
        <source>by whom is not known</source>
        <translation>von wem, ist nicht bekannt</translation>
    </message>
    <message numerus="yes">
        <source>%Ln new finding(s): {0}</source>
        <translation>
            <numerusform>%Ln neuer Befund: {0}</numerusform>
            <numerusform>%Ln neue Befunde: {0}</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>and %Ln more</source>
        <translation>
            <numerusform>und %Ln weiterer</numerusform>
            <numerusform>und %Ln weitere</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>FindingWords</name>
    <message>
        <source>(no name)</source>
        <translation>(ohne Namen)</translation>
    </message>
    <message>
        <source>nobody can tell</source>
        <translation>nicht feststellbar</translation>
    </message>
    <message>
        <source>{0} · now not known: {1}</source>
        <translation>{0} · jetzt nicht bekannt: {1}</translation>
    </message>
    <message>
        <source>{0} · comes and goes</source>
        <translation>{0} · kommt und geht</translation>
    </message>
    <message numerus="yes">
        <source>{0} · comes and goes, %Ln time(s)</source>
        <translation>
            <numerusform>{0} · kommt und geht, %Ln Mal</numerusform>
            <numerusform>{0} · kommt und geht, %Ln Mal</numerusform>
        </translation>
    </message>
    <message>
        <source>No change behind them is known</source>
        <translation>Keine Änderung dahinter ist bekannt</translation>
    </message>
    <message>
        <source>by whom is not known</source>
        <translation>von wem, ist nicht bekannt</translation>
    </message>
    <message>
        <source>appeared</source>
        <translation>aufgetaucht</translation>
    </message>
</context>
<context>
    <name>FindingsModel</name>
    <message>
        <source>Severity</source>
        <translation>Schwere</translation>
    </message>
    <message>
        <source>VM</source>
        <translation>VM</translation>
    </message>
    <message>
        <source>Evidence</source>
        <translation>Beleg</translation>
    </message>
    <message>
        <source>Policy · rule</source>
        <translation>Richtlinie · Regel</translation>
    </message>
    <message>
        <source>Since</source>
        <translation>Seit</translation>
    </message>
    <message>
        <source>Who</source>
        <translation>Wer</translation>
    </message>
    <message>
        <source>Stage</source>
        <translation>Stand</translation>
    </message>
    <message>
        <source>sorted, descending</source>
        <translation>absteigend sortiert</translation>
    </message>
    <message>
        <source>sorted, ascending</source>
        <translation>aufsteigend sortiert</translation>
    </message>
    <message>
        <source>open</source>
        <translation>aufgeklappt</translation>
    </message>
    <message>
        <source>closed</source>
        <translation>zugeklappt</translation>
    </message>
    <message numerus="yes">
        <source>%Ln finding(s)</source>
        <translation>
            <numerusform>%Ln Befund</numerusform>
            <numerusform>%Ln Befunde</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>first seen {0}, came back %Ln time(s)</source>
        <translation>
            <numerusform>zuerst gesehen {0}, kam %Ln Mal wieder</numerusform>
            <numerusform>zuerst gesehen {0}, kam %Ln Mal wieder</numerusform>
        </translation>
    </message>
    <message>
        <source>no change behind it is known</source>
        <translation>keine Änderung dahinter ist bekannt</translation>
    </message>
    <message>
        <source>acknowledged by {0}, {1}</source>
        <translation>bestätigt von {0}, {1}</translation>
    </message>
</context>
<context>
    <name>FindingsPane</name>
    <message>
        <source>Filter findings</source>
        <translation>Befunde filtern</translation>
    </message>
    <message>
        <source>Least severity</source>
        <translation>Geringste Schwere</translation>
    </message>
    <message>
        <source>Only findings of this severity and worse</source>
        <translation>Nur Befunde dieser Schwere und schlimmere</translation>
    </message>
    <message>
        <source>All severities</source>
        <translation>Alle Stufen</translation>
    </message>
    <message>
        <source>{0} and worse</source>
        <translation>ab {0}</translation>
    </message>
    <message>
        <source>only critical</source>
        <translation>nur kritisch</translation>
    </message>
    <message>
        <source>Group by</source>
        <translation>Gruppieren nach</translation>
    </message>
    <message>
        <source>What findings are put together by</source>
        <translation>Wonach Befunde zusammengefasst werden</translation>
    </message>
    <message>
        <source>Not grouped</source>
        <translation>Nicht gruppiert</translation>
    </message>
    <message>
        <source>By VM</source>
        <translation>Nach VM</translation>
    </message>
    <message>
        <source>By policy</source>
        <translation>Nach Richtlinie</translation>
    </message>
    <message>
        <source>By cause</source>
        <translation>Nach Ursache</translation>
    </message>
    <message>
        <source>Also show</source>
        <translation>Auch anzeigen</translation>
    </message>
    <message>
        <source>What asks for nothing: waived findings, and those resolved of late</source>
        <translation>Was nichts verlangt: ausgenommene Befunde und kürzlich behobene</translation>
    </message>
    <message>
        <source>Only the selection</source>
        <translation>Nur die Auswahl</translation>
    </message>
    <message>
        <source>Only findings on what is selected</source>
        <translation>Nur Befunde zur Auswahl</translation>
    </message>
    <message>
        <source>Acknowledge…</source>
        <translation>Bestätigen…</translation>
    </message>
    <message>
        <source>Say that somebody has seen the selected findings, with a note</source>
        <translation>Festhalten, dass jemand die ausgewählten Befunde gesehen hat, mit einer Notiz</translation>
    </message>
    <message>
        <source>Take back the acknowledgement</source>
        <translation>Bestätigung zurücknehmen</translation>
    </message>
    <message>
        <source>The selected findings ask for somebody again</source>
        <translation>Die ausgewählten Befunde verlangen wieder nach jemandem</translation>
    </message>
    <message>
        <source>Waive…</source>
        <translation>Ausnahme…</translation>
    </message>
    <message>
        <source>Decide that it may be so, why, and until when</source>
        <translation>Entscheiden, dass es so sein darf, warum und bis wann</translation>
    </message>
    <message>
        <source>End the waiver</source>
        <translation>Ausnahme beenden</translation>
    </message>
    <message>
        <source>What the waiver covers asks for attention again</source>
        <translation>Was unter die Ausnahme fällt, verlangt wieder Aufmerksamkeit</translation>
    </message>
    <message>
        <source>Waived findings</source>
        <translation>Ausgenommene Befunde</translation>
    </message>
    <message>
        <source>Show also what somebody decided may be so</source>
        <translation>Auch anzeigen, was nach jemandes Entscheidung so sein darf</translation>
    </message>
    <message>
        <source>Resolved findings</source>
        <translation>Behobene Befunde</translation>
    </message>
    <message>
        <source>Show also what was wrong of late</source>
        <translation>Auch anzeigen, was kürzlich nicht stimmte</translation>
    </message>
    <message>
        <source>Explain…</source>
        <translation>Erklären…</translation>
    </message>
    <message>
        <source>Why the VM is held against this policy, clause by clause, and what speaks against it</source>
        <translation>Warum diese Richtlinie für die VM gilt, Bedingung für Bedingung, und was dagegen spricht</translation>
    </message>
    <message>
        <source>Edit the policy…</source>
        <translation>Richtlinie bearbeiten…</translation>
    </message>
    <message>
        <source>Open the policy of the finding at the check that fails</source>
        <translation>Die Richtlinie des Befunds bei der verletzten Prüfung öffnen</translation>
    </message>
    <message>
        <source>Accept as new baseline…</source>
        <translation>Als neue Baseline übernehmen…</translation>
    </message>
    <message>
        <source>What the VMs have drifted to is known to be good from now on</source>
        <translation>Worin die VMs abweichen, gilt von nun an als gut</translation>
    </message>
    <message>
        <source>Show the VM</source>
        <translation>VM anzeigen</translation>
    </message>
    <message>
        <source>Select the VM that the finding is about</source>
        <translation>Die VM auswählen, um die es im Befund geht</translation>
    </message>
    <message>
        <source>Copy findings</source>
        <translation>Befunde kopieren</translation>
    </message>
    <message>
        <source>The selected lines, separated by tabs</source>
        <translation>Die ausgewählten Zeilen, durch Tabulatoren getrennt</translation>
    </message>
    <message>
        <source>Copy findings as CSV</source>
        <translation>Befunde als CSV kopieren</translation>
    </message>
    <message>
        <source>The selected lines with a heading</source>
        <translation>Die ausgewählten Zeilen mit Überschriften</translation>
    </message>
    <message>
        <source>Undo the last decision</source>
        <translation>Letzte Entscheidung rückgängig machen</translation>
    </message>
    <message>
        <source>As if it had not been made</source>
        <translation>Als wäre sie nicht getroffen worden</translation>
    </message>
    <message>
        <source>Undo</source>
        <translation>Rückgängig</translation>
    </message>
    <message>
        <source>Open a folder of policies…</source>
        <translation>Ordner mit Richtlinien öffnen…</translation>
    </message>
    <message>
        <source>Judge the estate by the policies of another folder</source>
        <translation>Den Bestand nach den Richtlinien eines anderen Ordners bewerten</translation>
    </message>
    <message>
        <source>Group findings</source>
        <translation>Befunde gruppieren</translation>
    </message>
    <message numerus="yes">
        <source>%Ln finding(s)</source>
        <translation>
            <numerusform>%Ln Befund</numerusform>
            <numerusform>%Ln Befunde</numerusform>
        </translation>
    </message>
    <message>
        <source>{0} of {1} findings</source>
        <translation>{0} von {1} Befunden</translation>
    </message>
    <message>
        <source>no drift from a baseline is selected</source>
        <translation>keine Abweichung von einer Baseline ist ausgewählt</translation>
    </message>
    <message>
        <source>no finding is selected</source>
        <translation>kein Befund ist ausgewählt</translation>
    </message>
    <message>
        <source>its policy is no longer in force</source>
        <translation>seine Richtlinie ist nicht mehr in Kraft</translation>
    </message>
</context>
<context>
    <name>FindingsView</name>
    <message>
        <source>Findings</source>
        <translation>Befunde</translation>
    </message>
</context>
<context>
    <name>FiringsChart</name>
    <message>
        <source>When it would have fired</source>
        <translation>Wann sie angeschlagen hätte</translation>
    </message>
    <message>
        <source>From {0} to {1}, at most {2} at once, around {3}</source>
        <translation>Von {0} bis {1}, höchstens {2} auf einmal, um {3}</translation>
    </message>
    <message>
        <source>Never</source>
        <translation>Nie</translation>
    </message>
    <message numerus="yes">
        <source>%Ln time(s)</source>
        <translation>
            <numerusform>%Ln Mal</numerusform>
            <numerusform>%Ln Mal</numerusform>
        </translation>
    </message>
    <message>
        <source>{0} between {1} and {2}</source>
        <translation>{0} zwischen {1} und {2}</translation>
    </message>
</context>
<context>
    <name>Folder</name>
    <message>
        <source>List the policies</source>
        <translation>Richtlinien auflisten</translation>
    </message>
    <message>
        <source>{0} was changed outside, and read again</source>
        <translation>{0} wurde außerhalb geändert und neu gelesen</translation>
    </message>
    <message>
        <source>{0} is saved, and in force</source>
        <translation>{0} ist gespeichert und in Kraft</translation>
    </message>
    <message>
        <source>Save {0}</source>
        <translation>{0} speichern</translation>
    </message>
    <message>
        <source>{0} is saved; it has mistakes, so the version before them stays in force</source>
        <translation>{0} ist gespeichert; es hat Fehler, deshalb bleibt die Fassung davor in Kraft</translation>
    </message>
    <message>
        <source>{0} is saved; it has mistakes, so it is not in force</source>
        <translation>{0} ist gespeichert; es hat Fehler und ist deshalb nicht in Kraft</translation>
    </message>
    <message>
        <source>{0} is deleted</source>
        <translation>{0} ist gelöscht</translation>
    </message>
    <message>
        <source>Delete {0}</source>
        <translation>{0} löschen</translation>
    </message>
    <message>
        <source>{0} is back</source>
        <translation>{0} ist wieder da</translation>
    </message>
    <message>
        <source>Bring {0} back</source>
        <translation>{0} zurückholen</translation>
    </message>
    <message>
        <source>{0} is armed</source>
        <translation>{0} ist scharf geschaltet</translation>
    </message>
    <message>
        <source>{0} asks before it responds</source>
        <translation>{0} fragt, bevor sie handelt</translation>
    </message>
</context>
<context>
    <name>FormView</name>
    <message>
        <source>Form of the document</source>
        <translation>Formular des Dokuments</translation>
    </message>
    <message>
        <source>This text is no policy, group or baseline that a form could show. Correct it in the text view.</source>
        <translation>Dieser Text ist keine Richtlinie, Gruppe oder Baseline, die ein Formular zeigen könnte. Berichtigen Sie ihn in der Textansicht.</translation>
    </message>
    <message>
        <source>Members</source>
        <translation>Mitglieder</translation>
    </message>
    <message>
        <source>Which VMs it is about, as rows or as an expression</source>
        <translation>Um welche VMs es geht, als Zeilen oder als Ausdruck</translation>
    </message>
    <message>
        <source>Response</source>
        <translation>Reaktion</translation>
    </message>
    <message>
        <source>What is done about a failure beside telling</source>
        <translation>Was bei einem Verstoß außer dem Melden geschieht</translation>
    </message>
    <message>
        <source>Limits</source>
        <translation>Grenzen</translation>
    </message>
    <message>
        <source>Beyond them it asks, whatever it is armed for</source>
        <translation>Darüber hinaus fragt sie, wofür auch immer sie scharf ist</translation>
    </message>
    <message>
        <source>Checks</source>
        <translation>Prüfungen</translation>
    </message>
    <message>
        <source>What is demanded of each member</source>
        <translation>Was von jedem Mitglied verlangt wird</translation>
    </message>
    <message>
        <source>Nothing is demanded yet.</source>
        <translation>Noch wird nichts verlangt.</translation>
    </message>
    <message>
        <source>Add a check</source>
        <translation>Prüfung hinzufügen</translation>
    </message>
    <message>
        <source>name</source>
        <translation>Name</translation>
    </message>
</context>
<context>
    <name>GuestPane</name>
    <message>
        <source>Overview</source>
        <translation>Überblick</translation>
    </message>
    <message>
        <source>What was found inside</source>
        <translation>Was im Inneren gefunden wurde</translation>
    </message>
    <message>
        <source>Look now</source>
        <translation>Jetzt nachsehen</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>Abbrechen</translation>
    </message>
    <message>
        <source>Stop reading this guest</source>
        <translation>Das Lesen dieses Gasts abbrechen</translation>
    </message>
    <message>
        <source>Looking inside…</source>
        <translation>Wird nachgesehen…</translation>
    </message>
    <message>
        <source>Look into a guest</source>
        <translation>In einen Gast schauen</translation>
    </message>
    <message>
        <source>Waiting for its turn…</source>
        <translation>Wartet noch…</translation>
    </message>
    <message>
        <source>Reading its disks, {0} so far</source>
        <translation>Seine Datenträger werden gelesen, bisher {0}</translation>
    </message>
    <message>
        <source>Reading its memory, {0} so far</source>
        <translation>Sein Arbeitsspeicher wird gelesen, bisher {0}</translation>
    </message>
    <message>
        <source>What is shown is of another time, and nobody can look inside it again</source>
        <translation>Was angezeigt wird, ist aus einer anderen Zeit, und niemand kann noch einmal hineinschauen</translation>
    </message>
    <message>
        <source>Read what is inside this guest again, from its disk or memory</source>
        <translation>Das Innere dieses Gasts neu lesen, von seinem Datenträger oder aus seinem Arbeitsspeicher</translation>
    </message>
    <message>
        <source>The console may not read guests of this connection; allow it where the connection is edited</source>
        <translation>Die Konsole darf Gäste dieser Verbindung nicht lesen; erlauben Sie es dort, wo die Verbindung bearbeitet wird</translation>
    </message>
</context>
<context>
    <name>HappeningList</name>
    <message>
        <source>What happened, newest first</source>
        <translation>Was geschah, das Neueste zuerst</translation>
    </message>
    <message>
        <source>When</source>
        <translation>Wann</translation>
    </message>
    <message>
        <source>What</source>
        <translation>Was</translation>
    </message>
    <message>
        <source>Before</source>
        <translation>Vorher</translation>
    </message>
    <message>
        <source>After</source>
        <translation>Nachher</translation>
    </message>
    <message>
        <source>Who</source>
        <translation>Wer</translation>
    </message>
    <message>
        <source>How seen</source>
        <translation>Quelle</translation>
    </message>
    <message>
        <source>Copy as CSV</source>
        <translation>Als CSV kopieren</translation>
    </message>
    <message>
        <source>Copy what the list shows as CSV</source>
        <translation>Was die Liste zeigt, als CSV kopieren</translation>
    </message>
    <message>
        <source>Show or hide these</source>
        <translation>Diese anzeigen oder ausblenden</translation>
    </message>
</context>
<context>
    <name>Heading</name>
    <message>
        <source>Show who is in quarantine</source>
        <translation>Anzeigen, was unter Quarantäne steht</translation>
    </message>
    <message>
        <source>Show how this VM stands against its policies</source>
        <translation>Anzeigen, wie diese VM zu ihren Richtlinien steht</translation>
    </message>
    <message>
        <source>no longer there</source>
        <translation>nicht mehr da</translation>
    </message>
    <message>
        <source>Show {0}</source>
        <translation>{0} anzeigen</translation>
    </message>
</context>
<context>
    <name>Headlines</name>
    <message>
        <source>(no name)</source>
        <translation>(ohne Namen)</translation>
    </message>
    <message>
        <source>{0} more</source>
        <translation>{0} weitere</translation>
    </message>
</context>
<context>
    <name>HistoryRows</name>
    <message>
        <source>Keep the past for</source>
        <translation>Verlauf aufbewahren</translation>
    </message>
    <message>
        <source>What happened before is given up little by little. Findings that are open, quarantines, the audit and what people decided are kept whatever their age.</source>
        <translation>Was davor geschah, wird nach und nach gelöscht. Offene Befunde, Quarantänen, das Audit und was Menschen entschieden haben, bleiben unabhängig vom Alter erhalten.</translation>
    </message>
    <message numerus="yes">
        <source>%Ln year(s)</source>
        <translation>
            <numerusform>%Ln Jahr</numerusform>
            <numerusform>%Ln Jahre</numerusform>
        </translation>
    </message>
    <message>
        <source>For ever</source>
        <translation>Für immer</translation>
    </message>
    <message>
        <source>Let its file take at most</source>
        <translation>Größe der Datei höchstens</translation>
    </message>
    <message>
        <source>When it gets there, what happened longest ago is given up, even if it is younger than that.</source>
        <translation>Ist sie erreicht, wird das am längsten Vergangene gelöscht, auch wenn es jünger ist als oben gewählt.</translation>
    </message>
    <message>
        <source>As much as there is</source>
        <translation>So viel Platz da ist</translation>
    </message>
    <message numerus="yes">
        <source>%Ln day(s)</source>
        <translation>
            <numerusform>%Ln Tag</numerusform>
            <numerusform>%Ln Tage</numerusform>
        </translation>
    </message>
    <message>
        <source>Set how much of the past is kept</source>
        <translation>Festlegen, wie viel des Verlaufs aufbewahrt wird</translation>
    </message>
    <message>
        <source>{0}: what happened before {1} will be given up for good.</source>
        <translation>{0}: Was vor dem {1} geschah, wird endgültig gelöscht.</translation>
    </message>
    <message>
        <source>{0}: what happened longest ago will be given up for good, for the history takes {1}.</source>
        <translation>{0}: Das am längsten Vergangene wird endgültig gelöscht, denn der Verlauf belegt {1}.</translation>
    </message>
    <message>
        <source>Make the history smaller</source>
        <translation>Den Verlauf verkleinern</translation>
    </message>
    <message>
        <source>{0} %</source>
        <translation>{0} %</translation>
    </message>
    <message>
        <source>It goes on by itself, little by little.</source>
        <translation>Es geht von selbst weiter, nach und nach.</translation>
    </message>
    <message>
        <source>Look how large the history is</source>
        <translation>Nachsehen, wie groß der Verlauf ist</translation>
    </message>
    <message>
        <source>It took {0}, and takes {1} now.</source>
        <translation>Er belegte {0} und belegt jetzt {1}.</translation>
    </message>
    <message>
        <source>There was nothing to give up: it takes {0}.</source>
        <translation>Es gab nichts zu löschen: Er belegt {0}.</translation>
    </message>
</context>
<context>
    <name>HostHardware</name>
    <message>
        <source>{0} MHz</source>
        <translation>{0} MHz</translation>
    </message>
    <message>
        <source>Machine</source>
        <translation>Maschine</translation>
    </message>
    <message>
        <source>Vendor</source>
        <translation>Hersteller</translation>
    </message>
    <message>
        <source>Model</source>
        <translation>Modell</translation>
    </message>
    <message>
        <source>Serial</source>
        <translation>Seriennummer</translation>
    </message>
    <message>
        <source>UUID</source>
        <translation>UUID</translation>
    </message>
    <message>
        <source>Location</source>
        <translation>Standort</translation>
    </message>
    <message>
        <source>Processor and memory</source>
        <translation>Prozessor und Arbeitsspeicher</translation>
    </message>
    <message>
        <source>Processor</source>
        <translation>Prozessor</translation>
    </message>
    <message>
        <source>Sockets</source>
        <translation>Sockel</translation>
    </message>
    <message>
        <source>Cores</source>
        <translation>Kerne</translation>
    </message>
    <message>
        <source>Threads</source>
        <translation>Threads</translation>
    </message>
    <message>
        <source>Frequency</source>
        <translation>Taktfrequenz</translation>
    </message>
    <message>
        <source>Memory</source>
        <translation>Arbeitsspeicher</translation>
    </message>
</context>
<context>
    <name>HostNetwork</name>
    <message>
        <source>{0} Mbit/s</source>
        <translation>{0} Mbit/s</translation>
    </message>
    <message>
        <source>no link</source>
        <translation>kein Link</translation>
    </message>
    <message>
        <source>Port</source>
        <translation>Port</translation>
    </message>
    <message>
        <source>Speed</source>
        <translation>Geschwindigkeit</translation>
    </message>
    <message>
        <source>MAC</source>
        <translation>MAC</translation>
    </message>
    <message>
        <source>Switch</source>
        <translation>Switch</translation>
    </message>
    <message>
        <source>Network ports</source>
        <translation>Netzwerkports</translation>
    </message>
    <message>
        <source>None known.</source>
        <translation>Keine bekannt.</translation>
    </message>
    <message>
        <source>none</source>
        <translation>keine</translation>
    </message>
    <message>
        <source>Type</source>
        <translation>Typ</translation>
    </message>
    <message>
        <source>MTU</source>
        <translation>MTU</translation>
    </message>
    <message>
        <source>Uplinks</source>
        <translation>Uplinks</translation>
    </message>
    <message>
        <source>Switches</source>
        <translation>Switches</translation>
    </message>
    <message>
        <source>Network</source>
        <translation>Netzwerk</translation>
    </message>
    <message>
        <source>VLAN here</source>
        <translation>VLAN hier</translation>
    </message>
    <message>
        <source>VMs of this host</source>
        <translation>VMs dieses Hosts</translation>
    </message>
    <message>
        <source>Networks</source>
        <translation>Netzwerke</translation>
    </message>
</context>
<context>
    <name>HostSummary</name>
    <message>
        <source>Host</source>
        <translation>Host</translation>
    </message>
    <message>
        <source>State</source>
        <translation>Zustand</translation>
    </message>
    <message>
        <source>Hypervisor</source>
        <translation>Hypervisor</translation>
    </message>
    <message>
        <source>Booted</source>
        <translation>Gestartet</translation>
    </message>
    <message>
        <source>Addresses</source>
        <translation>Adressen</translation>
    </message>
    <message>
        <source>Cluster</source>
        <translation>Cluster</translation>
    </message>
    <message>
        <source>Location</source>
        <translation>Standort</translation>
    </message>
    <message>
        <source>Virtual machines</source>
        <translation>Virtuelle Maschinen</translation>
    </message>
    <message>
        <source>There</source>
        <translation>Vorhanden</translation>
    </message>
    <message>
        <source>Running</source>
        <translation>Eingeschaltet</translation>
    </message>
    <message>
        <source>Virtual CPUs</source>
        <translation>Virtuelle CPUs</translation>
    </message>
    <message>
        <source>of all VMs together</source>
        <translation>aller VMs zusammen</translation>
    </message>
    <message>
        <source>Memory</source>
        <translation>Arbeitsspeicher</translation>
    </message>
    <message>
        <source>Hardware</source>
        <translation>Hardware</translation>
    </message>
    <message>
        <source>Model</source>
        <translation>Modell</translation>
    </message>
    <message>
        <source>Processor</source>
        <translation>Prozessor</translation>
    </message>
    <message>
        <source>Cores</source>
        <translation>Kerne</translation>
    </message>
</context>
<context>
    <name>ItemList</name>
    <message>
        <source>Filter</source>
        <translation>Filter</translation>
    </message>
    <message>
        <source>Filter: {0}</source>
        <translation>Filter: {0}</translation>
    </message>
    <message>
        <source>There is nothing here.</source>
        <translation>Hier ist nichts.</translation>
    </message>
    <message>
        <source>Copy</source>
        <translation>Kopieren</translation>
    </message>
    <message>
        <source>Copy the selected rows as text, columns parted by tabs</source>
        <translation>Die ausgewählten Zeilen als Text kopieren, Spalten durch Tabulatoren getrennt</translation>
    </message>
    <message>
        <source>{0} of {1}</source>
        <translation>{0} von {1}</translation>
    </message>
    <message>
        <source>Nothing contains “{0}”.</source>
        <translation>Nichts enthält „{0}“.</translation>
    </message>
</context>
<context>
    <name>Items</name>
    <message>
        <source>one a line</source>
        <translation>je Zeile eines</translation>
    </message>
</context>
<context>
    <name>JobDialog</name>
    <message>
        <source>Scheduled report</source>
        <translation>Geplanter Bericht</translation>
    </message>
    <message>
        <source>Name</source>
        <translation>Name</translation>
    </message>
    <message>
        <source>Kind</source>
        <translation>Art</translation>
    </message>
    <message>
        <source>Table</source>
        <translation>Tabelle</translation>
    </message>
    <message>
        <source>all VMs, or a query such as power == &quot;on&quot;</source>
        <translation>alle VMs oder eine Abfrage wie power == &quot;on&quot;</translation>
    </message>
    <message>
        <source>Which VMs</source>
        <translation>Welche VMs</translation>
    </message>
    <message>
        <source>of any group, or the name of one</source>
        <translation>aus jeder Gruppe, oder der Name einer Gruppe</translation>
    </message>
    <message>
        <source>Group</source>
        <translation>Gruppe</translation>
    </message>
    <message>
        <source>every day</source>
        <translation>jeden Tag</translation>
    </message>
    <message>
        <source>every week</source>
        <translation>jede Woche</translation>
    </message>
    <message>
        <source>every month</source>
        <translation>jeden Monat</translation>
    </message>
    <message>
        <source>When</source>
        <translation>Wann</translation>
    </message>
    <message>
        <source>On</source>
        <translation>Am</translation>
    </message>
    <message>
        <source>On day</source>
        <translation>Am Tag</translation>
    </message>
    <message>
        <source>At</source>
        <translation>Um</translation>
    </message>
    <message>
        <source>Choose…</source>
        <translation>Auswählen…</translation>
    </message>
    <message>
        <source>Folder</source>
        <translation>Ordner</translation>
    </message>
    <message>
        <source>Keep the newest</source>
        <translation>Die neuesten behalten</translation>
    </message>
    <message>
        <source>Choose a folder</source>
        <translation>Einen Ordner auswählen</translation>
    </message>
</context>
<context>
    <name>Kinds</name>
    <message>
        <source>qemu:///system for this machine, qemu+ssh://user@host/system for another (keys from the SSH agent), qemu+tls://host/system, test:///default to try it out.</source>
        <translation>qemu:///system für diesen Rechner, qemu+ssh://benutzer@host/system für einen anderen (Schlüssel vom SSH-Agenten), qemu+tls://host/system, test:///default zum Ausprobieren.</translation>
    </message>
    <message>
        <source>libvirt&apos;s library is missing here. Install libvirt-dev, pkg-config and gcc (or your system&apos;s equivalents), then run “make setup” again.</source>
        <translation>Die Bibliothek von libvirt fehlt hier. Installieren Sie libvirt-dev, pkg-config und gcc (oder was Ihrem System entspricht) und führen Sie dann „make setup“ erneut aus.</translation>
    </message>
    <message>
        <source>Needs a connection for writing: polkit&apos;s {0}, usually the group “libvirt”. Where libvirt controls access more finely: {1}.</source>
        <translation>Braucht eine Verbindung zum Schreiben: {0} von polkit, gewöhnlich die Gruppe „libvirt“. Wo libvirt den Zugriff feiner regelt: {1}.</translation>
    </message>
    <message>
        <source>libvirt: KVM, Xen, LXC, …</source>
        <translation>libvirt: KVM, Xen, LXC, …</translation>
    </message>
    <message>
        <source>Needs beyond the Read-only role: {0}.</source>
        <translation>Braucht über die Rolle „Nur Lesen“ hinaus: {0}.</translation>
    </message>
    <message>
        <source>VMware vCenter or ESXi</source>
        <translation>VMware vCenter oder ESXi</translation>
    </message>
    <message>
        <source>The user needs no more than the Read-only role. The certificate is shown if it is not known.</source>
        <translation>Der Benutzer braucht nicht mehr als die Rolle „Nur Lesen“. Das Zertifikat wird angezeigt, wenn es nicht bekannt ist.</translation>
    </message>
    <message>
        <source>Simulated: nothing real is read or changed.</source>
        <translation>Simuliert: Nichts Echtes wird gelesen oder geändert.</translation>
    </message>
    <message>
        <source>Demo: a simulated estate</source>
        <translation>Demo: ein simulierter Bestand</translation>
    </message>
    <message>
        <source>demo:// has 10 hosts and 200 virtual machines; demo://?hosts=2500&amp;vms=45000 is a large one.</source>
        <translation>demo:// hat 10 Hosts und 200 virtuelle Maschinen; demo://?hosts=2500&amp;vms=45000 ist eine große.</translation>
    </message>
</context>
<context>
    <name>Lanes</name>
    <message>
        <source>Decisions</source>
        <translation>Entscheidungen</translation>
    </message>
    <message>
        <source>{0}; nobody recorded since when</source>
        <translation>{0}; seit wann, hat niemand aufgezeichnet</translation>
    </message>
    <message>
        <source>Power</source>
        <translation>Betriebszustand</translation>
    </message>
    <message>
        <source>Host</source>
        <translation>Host</translation>
    </message>
    <message>
        <source>NIC {0}</source>
        <translation>NIC {0}</translation>
    </message>
    <message>
        <source>State</source>
        <translation>Zustand</translation>
    </message>
    <message>
        <source>Cluster</source>
        <translation>Cluster</translation>
    </message>
    <message>
        <source>VLAN</source>
        <translation>VLAN</translation>
    </message>
    <message>
        <source>VLAN {0}</source>
        <translation>VLAN {0}</translation>
    </message>
    <message>
        <source>none recorded</source>
        <translation>keine aufgezeichnet</translation>
    </message>
    <message>
        <source>Changes</source>
        <translation>Änderungen</translation>
    </message>
    <message numerus="yes">
        <source>%Ln finding(s) more</source>
        <translation>
            <numerusform>%Ln weiterer Befund</numerusform>
            <numerusform>%Ln weitere Befunde</numerusform>
        </translation>
    </message>
    <message>
        <source>Findings</source>
        <translation>Befunde</translation>
    </message>
    <message>
        <source>Quarantine</source>
        <translation>Quarantäne</translation>
    </message>
</context>
<context>
    <name>Legend</name>
    <message>
        <source>Name</source>
        <translation>Name</translation>
    </message>
    <message>
        <source>Figures of the range</source>
        <translation>Werte des Zeitraums</translation>
    </message>
    <message>
        <source>From {0} to {1}.</source>
        <translation>Von {0} bis {1}.</translation>
    </message>
    <message>
        <source>{0}: nothing measured.</source>
        <translation>{0}: nichts gemessen.</translation>
    </message>
    <message>
        <source>{0}: least {1}, mean {2}, most {3}, last {4}.</source>
        <translation>{0}: kleinster Wert {1}, Mittel {2}, größter {3}, letzter {4}.</translation>
    </message>
    <message>
        <source>{0} is stale.</source>
        <translation>{0} ist veraltet.</translation>
    </message>
    <message>
        <source>Legend</source>
        <translation>Legende</translation>
    </message>
    <message>
        <source>Virtual machines</source>
        <translation>Virtuelle Maschinen</translation>
    </message>
    <message>
        <source>Hosts and switches</source>
        <translation>Hosts und Switches</translation>
    </message>
    <message>
        <source>switch, with its uplinks ⇡</source>
        <translation>Switch, mit seinen Uplinks ⇡</translation>
    </message>
    <message>
        <source>stale: muted, and said so</source>
        <translation>veraltet: blass, und es steht dabei</translation>
    </message>
    <message>
        <source>out of place: nearly all VMs of its name are on another VLAN</source>
        <translation>fehl am Platz: fast alle VMs dieses Namens sind in einem anderen VLAN</translation>
    </message>
    <message>
        <source>A lane is a VLAN, a box in it a network; a VM stands in each network it has a card in. Select anything to see what it is wired to.</source>
        <translation>Eine Bahn ist ein VLAN, ein Kasten darin ein Netzwerk; eine VM steht in jedem Netzwerk, in dem sie eine Karte hat. Wählen Sie etwas aus, um zu sehen, womit es verbunden ist.</translation>
    </message>
</context>
<context>
    <name>Library</name>
    <message>
        <source>Name</source>
        <translation>Name</translation>
    </message>
    <message>
        <source>State</source>
        <translation>Zustand</translation>
    </message>
    <message>
        <source>Score</source>
        <translation>Erfüllt</translation>
    </message>
    <message>
        <source>policy</source>
        <translation>Richtlinie</translation>
    </message>
    <message>
        <source>group</source>
        <translation>Gruppe</translation>
    </message>
    <message>
        <source>baseline</source>
        <translation>Baseline</translation>
    </message>
    <message>
        <source>not usable</source>
        <translation>nicht verwendbar</translation>
    </message>
    <message numerus="yes">
        <source>%Ln problem(s)</source>
        <translation>
            <numerusform>%Ln Problem</numerusform>
            <numerusform>%Ln Probleme</numerusform>
        </translation>
    </message>
    <message>
        <source>not saved</source>
        <translation>nicht gespeichert</translation>
    </message>
    <message>
        <source>edited</source>
        <translation>bearbeitet</translation>
    </message>
    <message>
        <source>older version in force</source>
        <translation>ältere Fassung in Kraft</translation>
    </message>
    <message>
        <source>switched off</source>
        <translation>abgeschaltet</translation>
    </message>
    <message>
        <source>armed</source>
        <translation>scharf</translation>
    </message>
    <message>
        <source>needs arming</source>
        <translation>noch nicht scharf</translation>
    </message>
    <message numerus="yes">
        <source>%Ln member(s)</source>
        <translation>
            <numerusform>%Ln Mitglied</numerusform>
            <numerusform>%Ln Mitglieder</numerusform>
        </translation>
    </message>
    <message>
        <source>{0} % hold, of the {1} % of which anybody can tell</source>
        <translation>{0} % erfüllt, von den {1} %, über die sich etwas sagen lässt</translation>
    </message>
    <message>
        <source>It was armed, and was edited since: it asks before it responds</source>
        <translation>Sie war scharf geschaltet und wurde seitdem bearbeitet: Sie fragt, bevor sie handelt</translation>
    </message>
    <message>
        <source>The file has mistakes: the version before them is in force</source>
        <translation>Die Datei hat Fehler: Die Fassung davor ist in Kraft</translation>
    </message>
</context>
<context>
    <name>MachinePair</name>
    <message>
        <source>VM</source>
        <translation>VM</translation>
    </message>
    <message>
        <source>Gold image</source>
        <translation>Gold-Image</translation>
    </message>
    <message>
        <source>against the gold image</source>
        <translation>gegenüber dem Gold-Image</translation>
    </message>
    <message>
        <source>Choose two VMs by their names</source>
        <translation>Wählen Sie zwei VMs nach ihren Namen</translation>
    </message>
    <message>
        <source>Hold a VM against its gold image</source>
        <translation>Eine VM an ihrem Gold-Image messen</translation>
    </message>
    <message>
        <source>Choose a VM and its gold image</source>
        <translation>Wählen Sie eine VM und ihr Gold-Image</translation>
    </message>
    <message>
        <source>Compare a VM with its gold image to see what it has otherwise.</source>
        <translation>Vergleichen Sie eine VM mit ihrem Gold-Image, um zu sehen, was bei ihr anders ist.</translation>
    </message>
    <message>
        <source>{0} against {1}</source>
        <translation>{0} gegenüber {1}</translation>
    </message>
    <message numerus="yes">
        <source>%Ln difference(s) to the gold image</source>
        <translation>
            <numerusform>%Ln Unterschied zum Gold-Image</numerusform>
            <numerusform>%Ln Unterschiede zum Gold-Image</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>MainWindow</name>
    <message>
        <source>VMI Console</source>
        <translation>VMI Console</translation>
    </message>
    <message>
        <source>Estate</source>
        <translation>Bestand</translation>
    </message>
    <message>
        <source>Findings</source>
        <translation>Befunde</translation>
    </message>
    <message>
        <source>Quarantine</source>
        <translation>Quarantäne</translation>
    </message>
    <message>
        <source>Changes</source>
        <translation>Änderungen</translation>
    </message>
    <message>
        <source>Connections</source>
        <translation>Verbindungen</translation>
    </message>
    <message>
        <source>VMs</source>
        <translation>VMs</translation>
    </message>
    <message>
        <source>Topology</source>
        <translation>Topologie</translation>
    </message>
    <message>
        <source>Tasks</source>
        <translation>Aufgaben</translation>
    </message>
    <message numerus="yes">
        <source>%Ln match(es)</source>
        <translation>
            <numerusform>%Ln Treffer</numerusform>
            <numerusform>%Ln Treffer</numerusform>
        </translation>
    </message>
    <message>
        <source>Saved: {0}, {1}</source>
        <translation>Gespeichert: {0}, {1}</translation>
    </message>
    <message>
        <source>Written: {0}, {1}</source>
        <translation>Geschrieben: {0}, {1}</translation>
    </message>
    <message>
        <source>a snapshot is only looked at</source>
        <translation>ein Snapshot wird nur angesehen</translation>
    </message>
    <message>
        <source>what is shown is past: go back to now first</source>
        <translation>was angezeigt wird, ist vergangen: Kehren Sie zuerst zum Jetzt zurück</translation>
    </message>
    <message>
        <source>Open a folder of policies</source>
        <translation>Ordner mit Richtlinien öffnen</translation>
    </message>
    <message>
        <source>Open the policies in {0}</source>
        <translation>Richtlinien in {0} öffnen</translation>
    </message>
    <message>
        <source>Another window could not be started.</source>
        <translation>Ein weiteres Fenster ließ sich nicht starten.</translation>
    </message>
    <message>
        <source>About VMI Console</source>
        <translation>Über VMI Console</translation>
    </message>
    <message>
        <source>VMI Console {0}</source>
        <translation>VMI Console {0}</translation>
    </message>
    <message>
        <source>Knows every virtual machine of an estate, inside and out, from outside: without an agent in any of them. Free software under the GNU Affero General Public License, version 3 or later; no warranty.</source>
        <translation>Kennt jede virtuelle Maschine eines Bestands, innen wie außen, von außen: ohne Agent in auch nur einer davon. Freie Software unter der GNU Affero General Public License, Version 3 oder neuer; ohne Gewähr.</translation>
    </message>
    <message>
        <source>Read the snapshot</source>
        <translation>Den Snapshot lesen</translation>
    </message>
    <message>
        <source>Open what the command line names</source>
        <translation>Öffnen, was die Befehlszeile nennt</translation>
    </message>
    <message>
        <source>Select what the command line names</source>
        <translation>Auswählen, was die Befehlszeile nennt</translation>
    </message>
</context>
<context>
    <name>MembersPane</name>
    <message>
        <source>There is no virtual machine here.</source>
        <translation>Hier gibt es keine virtuelle Maschine.</translation>
    </message>
    <message>
        <source>Virtual machines</source>
        <translation>Virtuelle Maschinen</translation>
    </message>
    <message>
        <source>Virtual machine</source>
        <translation>Virtuelle Maschine</translation>
    </message>
    <message>
        <source>State</source>
        <translation>Zustand</translation>
    </message>
    <message>
        <source>Card</source>
        <translation>Karte</translation>
    </message>
    <message>
        <source>VLAN</source>
        <translation>VLAN</translation>
    </message>
    <message>
        <source>MAC</source>
        <translation>MAC</translation>
    </message>
    <message>
        <source>IP addresses</source>
        <translation>IP-Adressen</translation>
    </message>
    <message>
        <source>Link</source>
        <translation>Link</translation>
    </message>
    <message>
        <source>Capacity here</source>
        <translation>Kapazität hier</translation>
    </message>
    <message>
        <source>Allocated here</source>
        <translation>Belegt hier</translation>
    </message>
    <message>
        <source>CPUs</source>
        <translation>CPUs</translation>
    </message>
    <message>
        <source>Memory</source>
        <translation>Arbeitsspeicher</translation>
    </message>
    <message>
        <source>VLANs</source>
        <translation>VLANs</translation>
    </message>
    <message>
        <source>System</source>
        <translation>System</translation>
    </message>
    <message>
        <source>none</source>
        <translation>keine</translation>
    </message>
</context>
<context>
    <name>MomentPair</name>
    <message>
        <source>Now</source>
        <translation>Jetzt</translation>
    </message>
    <message>
        <source>Before</source>
        <translation>Vorher</translation>
    </message>
    <message>
        <source>After</source>
        <translation>Nachher</translation>
    </message>
    <message>
        <source>From</source>
        <translation>Von</translation>
    </message>
    <message>
        <source>to</source>
        <translation>bis</translation>
    </message>
    <message>
        <source>That is no time: write it as 2026-03-01 14:05, or -2h</source>
        <translation>Das ist keine Zeitangabe: Schreiben Sie sie als 2026-03-01 14:05 oder -2h</translation>
    </message>
    <message>
        <source>What changed between two moments</source>
        <translation>Was sich zwischen zwei Zeitpunkten geändert hat</translation>
    </message>
    <message>
        <source>Choose two moments</source>
        <translation>Wählen Sie zwei Zeitpunkte</translation>
    </message>
    <message>
        <source>Compare two moments to see what is different.</source>
        <translation>Vergleichen Sie zwei Zeitpunkte, um zu sehen, was sich unterscheidet.</translation>
    </message>
    <message>
        <source>{0} to {1}</source>
        <translation>{0} bis {1}</translation>
    </message>
    <message numerus="yes">
        <source>%Ln VM(s) changed</source>
        <translation>
            <numerusform>%Ln VM geändert</numerusform>
            <numerusform>%Ln VMs geändert</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln VM(s) came</source>
        <translation>
            <numerusform>%Ln VM hinzugekommen</numerusform>
            <numerusform>%Ln VMs hinzugekommen</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln VM(s) went</source>
        <translation>
            <numerusform>%Ln VM fort</numerusform>
            <numerusform>%Ln VMs fort</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln finding(s) opened</source>
        <translation>
            <numerusform>%Ln Befund neu offen</numerusform>
            <numerusform>%Ln Befunde neu offen</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln finding(s) resolved</source>
        <translation>
            <numerusform>%Ln Befund behoben</numerusform>
            <numerusform>%Ln Befunde behoben</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln policy document(s) differ</source>
        <translation>
            <numerusform>%Ln Richtliniendokument anders</numerusform>
            <numerusform>%Ln Richtliniendokumente anders</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln quarantine(s) moved on</source>
        <translation>
            <numerusform>%Ln Quarantäne in anderem Stand</numerusform>
            <numerusform>%Ln Quarantänen in anderem Stand</numerusform>
        </translation>
    </message>
    <message>
        <source>No VM is different</source>
        <translation>Keine VM unterscheidet sich</translation>
    </message>
</context>
<context>
    <name>NetworkSummary</name>
    <message>
        <source>differs by host</source>
        <translation>je Host verschieden</translation>
    </message>
    <message>
        <source>Network</source>
        <translation>Netzwerk</translation>
    </message>
    <message>
        <source>VLAN</source>
        <translation>VLAN</translation>
    </message>
    <message>
        <source>Type</source>
        <translation>Typ</translation>
    </message>
    <message>
        <source>Virtual machines</source>
        <translation>Virtuelle Maschinen</translation>
    </message>
    <message>
        <source>Subnets</source>
        <translation>Subnetze</translation>
    </message>
    <message>
        <source>Filter</source>
        <translation>Filter</translation>
    </message>
    <message>
        <source>Blocked</source>
        <translation>Blockiert</translation>
    </message>
    <message>
        <source>unless a port says otherwise</source>
        <translation>sofern ein Port nichts anderes bestimmt</translation>
    </message>
    <message>
        <source>Made of</source>
        <translation>Besteht aus</translation>
    </message>
    <message>
        <source>Switch</source>
        <translation>Switch</translation>
    </message>
    <message>
        <source>Part of</source>
        <translation>Teil von</translation>
    </message>
    <message>
        <source>Bridge</source>
        <translation>Bridge</translation>
    </message>
    <message>
        <source>Forwarding</source>
        <translation>Weiterleitung</translation>
    </message>
    <message>
        <source>Active</source>
        <translation>Aktiv</translation>
    </message>
    <message>
        <source>Autostart</source>
        <translation>Autostart</translation>
    </message>
    <message>
        <source>Host</source>
        <translation>Host</translation>
    </message>
    <message>
        <source>VLAN there</source>
        <translation>VLAN dort</translation>
    </message>
    <message>
        <source>VLAN on each host</source>
        <translation>VLAN auf jedem Host</translation>
    </message>
    <message>
        <source>None known.</source>
        <translation>Keine bekannt.</translation>
    </message>
</context>
<context>
    <name>NewestChanges</name>
    <message>
        <source>{0}: installed</source>
        <translation>{0}: installiert</translation>
    </message>
    <message>
        <source>{0}: was {1}</source>
        <translation>{0}: war {1}</translation>
    </message>
</context>
<context>
    <name>News</name>
    <message numerus="yes">
        <source>and %Ln more</source>
        <translation>
            <numerusform>und %Ln weiterer</numerusform>
            <numerusform>und %Ln weitere</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln message(s)</source>
        <translation>
            <numerusform>%Ln Meldung</numerusform>
            <numerusform>%Ln Meldungen</numerusform>
        </translation>
    </message>
    <message>
        <source>What is shown was known at {0}.</source>
        <translation>Angezeigt wird der Stand von {0}.</translation>
    </message>
    <message>
        <source>The engine does not answer</source>
        <translation>Die Engine antwortet nicht</translation>
    </message>
    <message>
        <source>The engine answers again</source>
        <translation>Die Engine antwortet wieder</translation>
    </message>
    <message>
        <source>{0} answers again</source>
        <translation>{0} antwortet wieder</translation>
    </message>
    <message>
        <source>{0}: {1}</source>
        <translation>{0}: {1}</translation>
    </message>
</context>
<context>
    <name>NicDescriber</name>
    <message>
        <source>not plugged in</source>
        <translation>nicht angeschlossen</translation>
    </message>
    <message>
        <source>set on the port itself, over the network&apos;s own</source>
        <translation>am Port selbst gesetzt, statt des Werts vom Netzwerk</translation>
    </message>
    <message>
        <source>has no Ethernet port</source>
        <translation>hat keinen Ethernet-Port</translation>
    </message>
    <message>
        <source>not known</source>
        <translation>nicht bekannt</translation>
    </message>
    <message>
        <source>the guest tags: {0} passes all (4095)</source>
        <translation>der Gast setzt die Tags: {0} lässt alle durch (4095)</translation>
    </message>
    <message>
        <source>{0}, as set on {1}</source>
        <translation>{0}, wie auf {1} gesetzt</translation>
    </message>
    <message>
        <source>{0}, through {1}</source>
        <translation>{0}, über {1}</translation>
    </message>
    <message>
        <source>disconnected</source>
        <translation>nicht verbunden</translation>
    </message>
    <message>
        <source>link down</source>
        <translation>kein Link</translation>
    </message>
    <message>
        <source>up</source>
        <translation>verbunden</translation>
    </message>
    <message>
        <source>{0} by {1}</source>
        <translation>{0} von {1}</translation>
    </message>
</context>
<context>
    <name>Nothing</name>
    <message>
        <source>Open a folder of policies…</source>
        <translation>Ordner mit Richtlinien öffnen…</translation>
    </message>
    <message>
        <source>Write a policy…</source>
        <translation>Eine Richtlinie schreiben…</translation>
    </message>
    <message>
        <source>Clear the filters</source>
        <translation>Filter leeren</translation>
    </message>
    <message>
        <source>No finding passes the filters</source>
        <translation>Kein Befund kommt durch die Filter</translation>
    </message>
    <message>
        <source>Not known yet</source>
        <translation>Noch nicht bekannt</translation>
    </message>
    <message>
        <source>The engine has not judged anything.</source>
        <translation>Die Engine hat noch nichts bewertet.</translation>
    </message>
    <message>
        <source>Which policies were in force is not recorded. Open a folder of them to judge that time.</source>
        <translation>Welche Richtlinien in Kraft waren, ist nicht aufgezeichnet. Öffnen Sie einen Ordner mit Richtlinien, um jene Zeit zu bewerten.</translation>
    </message>
    <message>
        <source>No finding was open then</source>
        <translation>Damals war kein Befund offen</translation>
    </message>
    <message>
        <source>A policy says what must hold for a group of VMs. Put policy files into {0}, or open the folder where yours are.</source>
        <translation>Eine Richtlinie sagt, was für eine Gruppe von VMs gelten muss. Legen Sie Richtliniendateien in {0} ab oder öffnen Sie Ihren Ordner.</translation>
    </message>
    <message>
        <source>No policy is in force, so nothing can be wrong</source>
        <translation>Keine Richtlinie ist in Kraft, also kann nichts falsch sein</translation>
    </message>
    <message>
        <source>Judging…</source>
        <translation>Bewertung läuft…</translation>
    </message>
    <message>
        <source>Nothing is known to be wrong</source>
        <translation>Nichts Falsches bekannt</translation>
    </message>
    <message>
        <source>Everything holds</source>
        <translation>Alles ist erfüllt</translation>
    </message>
    <message numerus="yes">
        <source>%Ln policy file(s)</source>
        <translation>
            <numerusform>%Ln Richtliniendatei</numerusform>
            <numerusform>%Ln Richtliniendateien</numerusform>
        </translation>
    </message>
    <message>
        <source>{0} judgements</source>
        <translation>{0} Bewertungen</translation>
    </message>
    <message>
        <source>{0}, but no VM that they concern.</source>
        <translation>{0}, aber keine VM, die sie betreffen.</translation>
    </message>
    <message>
        <source>coverage {0} %</source>
        <translation>Abdeckung {0} %</translation>
    </message>
    <message numerus="yes">
        <source>of %Ln nobody can tell</source>
        <translation>
            <numerusform>zu %Ln lässt sich nichts sagen</numerusform>
            <numerusform>zu %Ln lässt sich nichts sagen</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>Notices</name>
    <message>
        <source>Show</source>
        <translation>Anzeigen</translation>
    </message>
    <message>
        <source>Details</source>
        <translation>Einzelheiten</translation>
    </message>
    <message>
        <source>{0}: {1}</source>
        <translation>{0}: {1}</translation>
    </message>
    <message>
        <source>What is shown was known at {0}: {1}</source>
        <translation>Angezeigt wird der Stand von {0}: {1}</translation>
    </message>
</context>
<context>
    <name>OutputDialog</name>
    <message>
        <source>New output: {0}</source>
        <translation>Neue Ausgabe: {0}</translation>
    </message>
    <message>
        <source>{0}: {1}</source>
        <translation>{0}: {1}</translation>
    </message>
    <message>
        <source>Output</source>
        <translation>Ausgabe</translation>
    </message>
    <message>
        <source>Send a test message</source>
        <translation>Test senden</translation>
    </message>
    <message>
        <source>Try what is typed here, without choosing it</source>
        <translation>Ausprobieren, was hier eingegeben ist, ohne es festzulegen</translation>
    </message>
    <message>
        <source>Add</source>
        <translation>Hinzufügen</translation>
    </message>
    <message>
        <source>Save</source>
        <translation>Speichern</translation>
    </message>
    <message>
        <source>&amp;Name</source>
        <translation>&amp;Name</translation>
    </message>
    <message>
        <source>What waits for it and its secret are known by its name: it stays</source>
        <translation>Was für sie wartet und ihr Geheimnis sind unter ihrem Namen bekannt: Er bleibt</translation>
    </message>
    <message>
        <source>&amp;Findings</source>
        <translation>&amp;Befunde</translation>
    </message>
    <message>
        <source>Acts, such as a quarantine, are told as if they were of high severity.</source>
        <translation>Maßnahmen wie eine Quarantäne werden gemeldet, als hätten sie hohe Schwere.</translation>
    </message>
    <message>
        <source>Switched on</source>
        <translation>Eingeschaltet</translation>
    </message>
    <message>
        <source>TLS: encrypted, and the receiver is verified</source>
        <translation>TLS: verschlüsselt, und der Empfänger wird geprüft</translation>
    </message>
    <message>
        <source>TCP: anybody on the way can read it</source>
        <translation>TCP: Jeder auf dem Weg kann mitlesen</translation>
    </message>
    <message>
        <source>UDP: nobody tells whether it arrives</source>
        <translation>UDP: Niemand sagt, ob es ankommt</translation>
    </message>
    <message>
        <source>Port</source>
        <translation>Port</translation>
    </message>
    <message>
        <source>&amp;Port</source>
        <translation>&amp;Port</translation>
    </message>
    <message>
        <source>&amp;Transport</source>
        <translation>&amp;Transport</translation>
    </message>
    <message>
        <source>&amp;Receiver</source>
        <translation>&amp;Empfänger</translation>
    </message>
    <message>
        <source>the system&apos;s trust</source>
        <translation>wem das System vertraut</translation>
    </message>
    <message>
        <source>&amp;Authority (PEM)</source>
        <translation>&amp;Zertifizierungsstelle (PEM)</translation>
    </message>
    <message>
        <source>Fa&amp;cility</source>
        <translation>Fa&amp;cility</translation>
    </message>
    <message>
        <source>&amp;Address</source>
        <translation>A&amp;dresse</translation>
    </message>
    <message>
        <source>Not encrypted: anybody on the way can read what is told.</source>
        <translation>Nicht verschlüsselt: Jeder auf dem Weg kann mitlesen, was gemeldet wird.</translation>
    </message>
    <message>
        <source>Signed with a secret that the receiver knows</source>
        <translation>Signiert mit einem Geheimnis, das der Empfänger kennt</translation>
    </message>
    <message>
        <source>stays as it is</source>
        <translation>bleibt, wie es ist</translation>
    </message>
    <message>
        <source>&amp;Secret</source>
        <translation>&amp;Geheimnis</translation>
    </message>
    <message>
        <source>X-VMI-Signature is the HMAC-SHA256 of the body. It is kept in the system keyring only.</source>
        <translation>X-VMI-Signature ist der HMAC-SHA256 des Inhalts. Das Geheimnis wird nur im Schlüsselbund des Systems aufbewahrt.</translation>
    </message>
    <message>
        <source>&amp;File</source>
        <translation>&amp;Datei</translation>
    </message>
    <message>
        <source>One JSON object a line, added at its end. The engine must be allowed to write there.</source>
        <translation>Je Zeile ein JSON-Objekt, am Ende angefügt. Die Engine muss dort schreiben dürfen.</translation>
    </message>
    <message>
        <source>Browse…</source>
        <translation>Durchsuchen…</translation>
    </message>
    <message>
        <source>Choose a file</source>
        <translation>Datei wählen</translation>
    </message>
    <message>
        <source>A name is missing.</source>
        <translation>Es fehlt ein Name.</translation>
    </message>
    <message>
        <source>It says what the output is, such as “siem”.</source>
        <translation>Er sagt, was die Ausgabe ist, etwa „siem“.</translation>
    </message>
    <message>
        <source>The secret is missing.</source>
        <translation>Das Geheimnis fehlt.</translation>
    </message>
    <message>
        <source>Type what the receiver knows, or do not sign.</source>
        <translation>Geben Sie ein, was der Empfänger kennt, oder signieren Sie nicht.</translation>
    </message>
    <message>
        <source>Sending…</source>
        <translation>Senden…</translation>
    </message>
    <message>
        <source>Test the output {0}</source>
        <translation>Ausgabe {0} testen</translation>
    </message>
    <message>
        <source>Saving…</source>
        <translation>Speichern…</translation>
    </message>
    <message>
        <source>Choose the output {0}</source>
        <translation>Ausgabe {0} festlegen</translation>
    </message>
</context>
<context>
    <name>OutputWords</name>
    <message>
        <source>Syslog</source>
        <translation>Syslog</translation>
    </message>
    <message>
        <source>Webhook</source>
        <translation>Webhook</translation>
    </message>
    <message>
        <source>File</source>
        <translation>Datei</translation>
    </message>
    <message>
        <source>everything</source>
        <translation>alles</translation>
    </message>
    <message>
        <source>only critical</source>
        <translation>nur kritisch</translation>
    </message>
    <message>
        <source>{0} and worse</source>
        <translation>ab {0}</translation>
    </message>
    <message numerus="yes">
        <source>%Ln line(s) wait on disk</source>
        <translation>
            <numerusform>%Ln Zeile wartet auf dem Datenträger</numerusform>
            <numerusform>%Ln Zeilen warten auf dem Datenträger</numerusform>
        </translation>
    </message>
    <message>
        <source>It is switched off: nothing is told there.</source>
        <translation>Sie ist abgeschaltet: Dort wird nichts gemeldet.</translation>
    </message>
    <message>
        <source>off</source>
        <translation>abgeschaltet</translation>
    </message>
    <message>
        <source>It takes nothing since {0}: {1}. It is tried again, and nothing is lost: {2}.</source>
        <translation>Sie nimmt seit {0} nichts an: {1}. Es wird erneut versucht, und nichts geht verloren: {2}.</translation>
    </message>
    <message>
        <source>fails since {0}</source>
        <translation>gestört seit {0}</translation>
    </message>
    <message>
        <source>Nothing was told there yet.</source>
        <translation>Dort wurde noch nichts gemeldet.</translation>
    </message>
    <message>
        <source>nothing told yet</source>
        <translation>noch nichts gemeldet</translation>
    </message>
    <message>
        <source>It last took a line at {0}.</source>
        <translation>Letzte angenommene Zeile: {0}.</translation>
    </message>
    <message numerus="yes">
        <source>%Ln since the engine started.</source>
        <translation>
            <numerusform>%Ln seit dem Start der Engine.</numerusform>
            <numerusform>%Ln seit dem Start der Engine.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln line(s) it refused for good.</source>
        <translation>
            <numerusform>%Ln Zeile hat sie endgültig abgelehnt.</numerusform>
            <numerusform>%Ln Zeilen hat sie endgültig abgelehnt.</numerusform>
        </translation>
    </message>
    <message>
        <source>told {0}</source>
        <translation>gemeldet {0}</translation>
    </message>
    <message>
        <source>It was sent. UDP does not tell whether it arrived: look for “a test of this output” at the receiver.</source>
        <translation>Sie ist gesendet. UDP sagt nicht, ob sie ankam: Suchen Sie beim Empfänger nach „a test of this output“.</translation>
    </message>
    <message>
        <source>It was handed over: look for “a test of this output” at the receiver.</source>
        <translation>Sie ist übergeben: Suchen Sie beim Empfänger nach „a test of this output“.</translation>
    </message>
    <message>
        <source>The receiver took it.</source>
        <translation>Der Empfänger hat sie angenommen.</translation>
    </message>
    <message>
        <source>It is in the file.</source>
        <translation>Sie steht in der Datei.</translation>
    </message>
</context>
<context>
    <name>OutputsDialog</name>
    <message>
        <source>Outputs and alerts</source>
        <translation>Ausgaben und Alarme</translation>
    </message>
    <message>
        <source>Name</source>
        <translation>Name</translation>
    </message>
    <message>
        <source>Kind</source>
        <translation>Art</translation>
    </message>
    <message>
        <source>Where</source>
        <translation>Wohin</translation>
    </message>
    <message>
        <source>Told</source>
        <translation>Gemeldet</translation>
    </message>
    <message>
        <source>State</source>
        <translation>Zustand</translation>
    </message>
    <message>
        <source>Waiting</source>
        <translation>Wartend</translation>
    </message>
    <message>
        <source>Outputs</source>
        <translation>Ausgaben</translation>
    </message>
    <message>
        <source>Nothing is told outside this console yet. “Add” a syslog receiver, a webhook or a file.</source>
        <translation>Noch wird nichts nach außen gemeldet. Fügen Sie einen Syslog-Empfänger, einen Webhook oder eine Datei hinzu.</translation>
    </message>
    <message>
        <source>Undo</source>
        <translation>Rückgängig</translation>
    </message>
    <message>
        <source>Syslog…</source>
        <translation>Syslog…</translation>
    </message>
    <message>
        <source>RFC 5424 over TLS, TCP or UDP</source>
        <translation>RFC 5424 über TLS, TCP oder UDP</translation>
    </message>
    <message>
        <source>Webhook…</source>
        <translation>Webhook…</translation>
    </message>
    <message>
        <source>JSON by HTTP, signed</source>
        <translation>JSON über HTTP, signiert</translation>
    </message>
    <message>
        <source>File…</source>
        <translation>Datei…</translation>
    </message>
    <message>
        <source>JSON Lines at the end of a file</source>
        <translation>JSON Lines am Ende einer Datei</translation>
    </message>
    <message>
        <source>Edit…</source>
        <translation>Bearbeiten…</translation>
    </message>
    <message>
        <source>Change where it goes and what it is told</source>
        <translation>Ändern, wohin sie geht und was ihr gemeldet wird</translation>
    </message>
    <message>
        <source>Send a test message</source>
        <translation>Test senden</translation>
    </message>
    <message>
        <source>Whether the receiver takes a line now</source>
        <translation>Ob der Empfänger jetzt eine Zeile annimmt</translation>
    </message>
    <message>
        <source>Switch off</source>
        <translation>Abschalten</translation>
    </message>
    <message>
        <source>Whether anything is told there; what waits stays on disk</source>
        <translation>Ob dort etwas gemeldet wird; was wartet, bleibt auf dem Datenträger</translation>
    </message>
    <message>
        <source>Remove</source>
        <translation>Entfernen</translation>
    </message>
    <message>
        <source>Nothing is told there any longer</source>
        <translation>Dort wird nichts mehr gemeldet</translation>
    </message>
    <message>
        <source>As it was before</source>
        <translation>Wie es vorher war</translation>
    </message>
    <message>
        <source>Add</source>
        <translation>Hinzufügen</translation>
    </message>
    <message>
        <source>Findings and acts are told here as they happen. What a receiver misses waits on disk until it is back.</source>
        <translation>Befunde und Maßnahmen werden hier gemeldet, sobald sie anfallen. Was ein Empfänger verpasst, wartet auf dem Datenträger, bis er wieder da ist.</translation>
    </message>
    <message>
        <source>Close</source>
        <translation>Schließen</translation>
    </message>
    <message>
        <source>Alerts of an intrusion detection engine</source>
        <translation>Alarme einer Angriffserkennung</translation>
    </message>
    <message>
        <source>What Suricata writes as EVE JSON, each alert matched to its VM by address and MAC.</source>
        <translation>Was Suricata als EVE JSON schreibt, jeder Alarm nach Adresse und MAC seiner VM zugeordnet.</translation>
    </message>
    <message>
        <source>Look at the outputs</source>
        <translation>Ausgaben ansehen</translation>
    </message>
    <message>
        <source>Switch on</source>
        <translation>Einschalten</translation>
    </message>
    <message>
        <source>{0}: {1}</source>
        <translation>{0}: {1}</translation>
    </message>
    <message>
        <source>The engine does not answer.</source>
        <translation>Die Engine antwortet nicht.</translation>
    </message>
    <message>
        <source>{0} is told from now on</source>
        <translation>An {0} wird von nun an gemeldet</translation>
    </message>
    <message>
        <source>{0} was changed</source>
        <translation>{0} geändert</translation>
    </message>
    <message>
        <source>Choose the output {0}</source>
        <translation>Ausgabe {0} festlegen</translation>
    </message>
    <message numerus="yes">
        <source>%Ln line(s) that wait for it are given up</source>
        <translation>
            <numerusform>%Ln wartende Zeile wird aufgegeben</numerusform>
            <numerusform>%Ln wartende Zeilen werden aufgegeben</numerusform>
        </translation>
    </message>
    <message>
        <source>its secret is forgotten</source>
        <translation>ihr Geheimnis wird vergessen</translation>
    </message>
    <message>
        <source>Remove {0}? It cannot be undone: {1}.</source>
        <translation>{0} entfernen? Das lässt sich nicht rückgängig machen: {1}.</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>Abbrechen</translation>
    </message>
    <message>
        <source>{0} was removed</source>
        <translation>{0} entfernt</translation>
    </message>
    <message>
        <source>Remove the output {0}</source>
        <translation>Ausgabe {0} entfernen</translation>
    </message>
    <message>
        <source>Undo a change of outputs</source>
        <translation>Änderung der Ausgaben rückgängig machen</translation>
    </message>
    <message>
        <source>{0}: sending a test message…</source>
        <translation>{0}: Testnachricht wird gesendet…</translation>
    </message>
    <message>
        <source>Test the output {0}</source>
        <translation>Ausgabe {0} testen</translation>
    </message>
    <message>
        <source>Test of {0}: {1}</source>
        <translation>Test von {0}: {1}</translation>
    </message>
    <message>
        <source>The test failed. {0}</source>
        <translation>Der Test ist fehlgeschlagen. {0}</translation>
    </message>
</context>
<context>
    <name>PaceRows</name>
    <message>
        <source>Pace and quiet hours</source>
        <translation>Tempo und Ruhezeiten</translation>
    </message>
    <message>
        <source>All of the above, as it was at first.</source>
        <translation>Alles Obige, wie es anfangs war.</translation>
    </message>
    <message>
        <source>Reset</source>
        <translation>Zurücksetzen</translation>
    </message>
    <message>
        <source>Guests at once</source>
        <translation>Gäste gleichzeitig</translation>
    </message>
    <message>
        <source>Of each connection. Each takes a process of its own on this machine.</source>
        <translation>Je Verbindung. Jeder braucht einen eigenen Prozess auf diesem Rechner.</translation>
    </message>
    <message>
        <source>Reads at once from one host</source>
        <translation>Gleichzeitige Lesevorgänge je Host</translation>
    </message>
    <message>
        <source>Of a vCenter&apos;s datastore files. On libvirt each guest at once is one read.</source>
        <translation>Von Dateien der Datenspeicher eines vCenters. Bei libvirt ist jeder gleichzeitige Gast ein Lesevorgang.</translation>
    </message>
    <message>
        <source>Bytes a second</source>
        <translation>Bytes pro Sekunde</translation>
    </message>
    <message>
        <source>On average, of each connection: after a look that read more, the next one waits.</source>
        <translation>Im Mittel, je Verbindung: Wurde bei einem Gast mehr gelesen, wartet der nächste.</translation>
    </message>
    <message>
        <source>Calls a second</source>
        <translation>Aufrufe pro Sekunde</translation>
    </message>
    <message>
        <source>To the hypervisor, for reading; on average, as bytes.</source>
        <translation>An den Hypervisor, zum Lesen; im Mittel, wie bei Bytes.</translation>
    </message>
    <message>
        <source>Guests whose disks are written to</source>
        <translation>Gäste, deren Datenträger beschrieben werden</translation>
    </message>
    <message>
        <source>Looked into again after this time; in half of it where a policy asks what is inside.</source>
        <translation>Nach dieser Zeit wird neu nachgesehen; nach der halben, wo eine Richtlinie nach dem Inneren fragt.</translation>
    </message>
    <message>
        <source>Memory of running guests</source>
        <translation>Arbeitsspeicher laufender Gäste</translation>
    </message>
    <message>
        <source>Where a hypervisor lets it be read: processes, sockets and services that run.</source>
        <translation>Wo ein Hypervisor ihn lesen lässt: Prozesse, Sockets und Dienste, die laufen.</translation>
    </message>
    <message>
        <source>The round of all guests</source>
        <translation>Die Runde durch alle Gäste</translation>
    </message>
    <message>
        <source>Nobody is left for longer, whatever is heard of them.</source>
        <translation>Keiner bleibt länger aus, was auch immer von ihm bekannt wird.</translation>
    </message>
    <message>
        <source>Guests that cannot be read</source>
        <translation>Gäste, die sich nicht lesen lassen</translation>
    </message>
    <message>
        <source>Tried again after longer and longer, but not longer than this.</source>
        <translation>Nach immer längerer Zeit neu versucht, aber nicht länger als diese.</translation>
    </message>
    <message>
        <source>Hosts that are busy</source>
        <translation>Ausgelastete Hosts</translation>
    </message>
    <message>
        <source>One that takes longer for a cheap answer has up to eight times as long between two looks.</source>
        <translation>Braucht einer für eine einfache Antwort länger, liegt zwischen zweimal Nachsehen bis zu achtmal so viel Zeit.</translation>
    </message>
    <message>
        <source>Never mind</source>
        <translation>Nicht beachten</translation>
    </message>
    <message>
        <source>Guests under policies, in quiet hours</source>
        <translation>Gäste unter Richtlinien, in Ruhezeiten</translation>
    </message>
    <message>
        <source>Those whose services, applications and the like a policy asks about. “At once” is when a policy begins to ask, and when such a guest is new or switched on. Nobody else is looked into in quiet hours, but for “Look now”, which always works. What changes meanwhile is noticed at their end: a service that is stopped, too, unless looks go on.</source>
        <translation>Die, nach deren Diensten, Anwendungen und Ähnlichem eine Richtlinie fragt. „Sofort“ heißt: wenn eine Richtlinie zu fragen beginnt und wenn ein solcher Gast neu ist oder eingeschaltet wird. In andere wird in Ruhezeiten nicht geschaut, außer mit „Jetzt nachsehen“, das immer geht. Was sich währenddessen ändert, wird an ihrem Ende bemerkt: auch ein angehaltener Dienst, wenn nicht weiter nachgesehen wird.</translation>
    </message>
    <message>
        <source>Looked into at once only</source>
        <translation>Nur sofort nachsehen</translation>
    </message>
    <message>
        <source>Looks go on as ever</source>
        <translation>Weiter nachsehen wie sonst</translation>
    </message>
    <message>
        <source>Left alone like others</source>
        <translation>In Ruhe lassen wie andere</translation>
    </message>
    <message>
        <source>As usual: {0}</source>
        <translation>Wie üblich: {0}</translation>
    </message>
    <message>
        <source>{0} s</source>
        <translation>{0} s</translation>
    </message>
    <message>
        <source>{0} min</source>
        <translation>{0} min</translation>
    </message>
    <message>
        <source>{0} h</source>
        <translation>{0} h</translation>
    </message>
    <message>
        <source>{0} days</source>
        <translation>{0} Tage</translation>
    </message>
    <message>
        <source>{0}/s</source>
        <translation>{0}/s</translation>
    </message>
    <message>
        <source>Quiet hours</source>
        <translation>Ruhezeiten</translation>
    </message>
    <message>
        <source>Reset pace and quiet hours</source>
        <translation>Tempo und Ruhezeiten zurücksetzen</translation>
    </message>
    <message>
        <source>Set the pace of looking into guests</source>
        <translation>Festlegen, in welchem Tempo in Gäste geschaut wird</translation>
    </message>
    <message>
        <source>Ask for the pace of looking into guests</source>
        <translation>Abfragen, in welchem Tempo in Gäste geschaut wird</translation>
    </message>
</context>
<context>
    <name>Pages</name>
    <message>
        <source>What happened to something</source>
        <translation>Was mit etwas geschehen ist</translation>
    </message>
</context>
<context>
    <name>Pair</name>
    <message>
        <source>Both are the same: choose another one</source>
        <translation>Beide sind gleich: Wählen Sie einen anderen</translation>
    </message>
</context>
<context>
    <name>Palette</name>
    <message>
        <source>Command palette</source>
        <translation>Befehlspalette</translation>
    </message>
    <message>
        <source>Type a command, or the name of something in the estate</source>
        <translation>Geben Sie einen Befehl ein oder den Namen von etwas aus dem Bestand</translation>
    </message>
    <message>
        <source>Command or name</source>
        <translation>Befehl oder Name</translation>
    </message>
    <message>
        <source>Up and Down choose from the list, Enter does it, Escape closes</source>
        <translation>Pfeil hoch und runter wählen aus der Liste, die Eingabetaste führt aus, Esc schließt</translation>
    </message>
    <message>
        <source>Commands and entities</source>
        <translation>Befehle und Objekte</translation>
    </message>
    <message>
        <source>Nothing is called that.</source>
        <translation>Nichts heißt so.</translation>
    </message>
    <message>
        <source>Search the estate for “{0}”</source>
        <translation>Im Bestand nach „{0}“ suchen</translation>
    </message>
    <message>
        <source>not possible now</source>
        <translation>jetzt nicht möglich</translation>
    </message>
    <message>
        <source>(no name)</source>
        <translation>(ohne Namen)</translation>
    </message>
</context>
<context>
    <name>PaneWindow</name>
    <message>
        <source>Follow the selection</source>
        <translation>Der Auswahl folgen</translation>
    </message>
    <message>
        <source>Off: this window stays with what it shows now</source>
        <translation>Aus: Dieses Fenster bleibt bei dem, was es jetzt zeigt</translation>
    </message>
    <message numerus="yes">
        <source>%Ln selected</source>
        <translation>
            <numerusform>%Ln ausgewählt</numerusform>
            <numerusform>%Ln ausgewählt</numerusform>
        </translation>
    </message>
    <message>
        <source>Selection</source>
        <translation>Auswahl</translation>
    </message>
</context>
<context>
    <name>Panes</name>
    <message>
        <source>Summary</source>
        <translation>Übersicht</translation>
    </message>
    <message>
        <source>Network</source>
        <translation>Netzwerk</translation>
    </message>
    <message>
        <source>Hardware</source>
        <translation>Hardware</translation>
    </message>
    <message>
        <source>Storage</source>
        <translation>Speicher</translation>
    </message>
    <message>
        <source>Snapshots</source>
        <translation>Snapshots</translation>
    </message>
    <message>
        <source>Comparison</source>
        <translation>Vergleich</translation>
    </message>
    <message>
        <source>Virtual machines</source>
        <translation>Virtuelle Maschinen</translation>
    </message>
    <message>
        <source>Charts</source>
        <translation>Diagramme</translation>
    </message>
    <message>
        <source>Guest</source>
        <translation>Gast</translation>
    </message>
    <message>
        <source>Settings</source>
        <translation>Einstellungen</translation>
    </message>
    <message>
        <source>Policy</source>
        <translation>Richtlinie</translation>
    </message>
    <message>
        <source>Timeline</source>
        <translation>Zeitachse</translation>
    </message>
    <message>
        <source>Raw</source>
        <translation>Rohdaten</translation>
    </message>
</context>
<context>
    <name>PastChoice</name>
    <message>
        <source>no changes</source>
        <translation>keine Änderungen</translation>
    </message>
    <message>
        <source>the changes of a day</source>
        <translation>die Änderungen eines Tages</translation>
    </message>
    <message>
        <source>the changes of a week</source>
        <translation>die Änderungen einer Woche</translation>
    </message>
    <message>
        <source>the changes of 30 days</source>
        <translation>die Änderungen von 30 Tagen</translation>
    </message>
    <message>
        <source>all changes that are kept</source>
        <translation>alle aufbewahrten Änderungen</translation>
    </message>
</context>
<context>
    <name>Picture</name>
    <message>
        <source>What happened, over time</source>
        <translation>Was geschah, über die Zeit</translation>
    </message>
    <message>
        <source>and {0} more</source>
        <translation>und {0} weitere</translation>
    </message>
    <message>
        <source>since {0}</source>
        <translation>seit {0}</translation>
    </message>
    <message>
        <source>from {0} to {1}</source>
        <translation>von {0} bis {1}</translation>
    </message>
</context>
<context>
    <name>PlaceDescriber</name>
    <message>
        <source>Hosts</source>
        <translation>Hosts</translation>
    </message>
    <message>
        <source>Hosts: the first {0} of {1}</source>
        <translation>Hosts: die ersten {0} von {1}</translation>
    </message>
    <message>
        <source>Host</source>
        <translation>Host</translation>
    </message>
    <message>
        <source>State</source>
        <translation>Zustand</translation>
    </message>
    <message>
        <source>VMs</source>
        <translation>VMs</translation>
    </message>
    <message>
        <source>Cores</source>
        <translation>Kerne</translation>
    </message>
    <message>
        <source>Memory</source>
        <translation>Arbeitsspeicher</translation>
    </message>
    <message>
        <source>Hypervisor</source>
        <translation>Hypervisor</translation>
    </message>
    <message>
        <source>None known.</source>
        <translation>Keine bekannt.</translation>
    </message>
</context>
<context>
    <name>Plot</name>
    <message>
        <source>{0} of {1}</source>
        <translation>{0} von {1}</translation>
    </message>
</context>
<context>
    <name>PolicyList</name>
    <message>
        <source>Policies</source>
        <translation>Richtlinien</translation>
    </message>
    <message>
        <source>Document</source>
        <translation>Dokument</translation>
    </message>
    <message>
        <source>Is</source>
        <translation>Ist</translation>
    </message>
    <message>
        <source>Lines</source>
        <translation>Zeilen</translation>
    </message>
</context>
<context>
    <name>PolicyPane</name>
    <message>
        <source>Policy</source>
        <translation>Richtlinie</translation>
    </message>
    <message>
        <source>Asking…</source>
        <translation>Wird erfragt…</translation>
    </message>
    <message>
        <source>Explain policies</source>
        <translation>Richtlinien erklären</translation>
    </message>
    <message>
        <source>No policy is in force: nothing is demanded of this VM.</source>
        <translation>Keine Richtlinie ist in Kraft: Von dieser VM wird nichts verlangt.</translation>
    </message>
    <message>
        <source>Which policies were in force then is not recorded, only what was found. Open a folder of policies to judge that time by them.</source>
        <translation>Welche Richtlinien damals in Kraft waren, ist nicht aufgezeichnet, nur was gefunden wurde. Öffnen Sie einen Ordner mit Richtlinien, um jene Zeit nach ihnen zu bewerten.</translation>
    </message>
</context>
<context>
    <name>PolicyWindow</name>
    <message>
        <source>Policies</source>
        <translation>Richtlinien</translation>
    </message>
    <message>
        <source>Filter policies and groups</source>
        <translation>Richtlinien und Gruppen filtern</translation>
    </message>
    <message>
        <source>Policies, groups and baselines</source>
        <translation>Richtlinien, Gruppen und Baselines</translation>
    </message>
    <message>
        <source>Undo</source>
        <translation>Rückgängig</translation>
    </message>
    <message>
        <source>Save</source>
        <translation>Speichern</translation>
    </message>
    <message>
        <source>Write the document into the folder: it is in force at once</source>
        <translation>Das Dokument in den Ordner schreiben: Es ist sofort in Kraft</translation>
    </message>
    <message>
        <source>Save all</source>
        <translation>Alle speichern</translation>
    </message>
    <message>
        <source>Save every document that was edited</source>
        <translation>Jedes bearbeitete Dokument speichern</translation>
    </message>
    <message>
        <source>Revert</source>
        <translation>Verwerfen</translation>
    </message>
    <message>
        <source>Back to what the file says; can be undone</source>
        <translation>Zurück zu dem, was in der Datei steht; lässt sich rückgängig machen</translation>
    </message>
    <message>
        <source>Take the last step back</source>
        <translation>Den letzten Schritt zurücknehmen</translation>
    </message>
    <message>
        <source>Redo</source>
        <translation>Wiederholen</translation>
    </message>
    <message>
        <source>Make it again</source>
        <translation>Ihn erneut ausführen</translation>
    </message>
    <message>
        <source>Delete</source>
        <translation>Löschen</translation>
    </message>
    <message>
        <source>Take the document out of the folder; can be undone</source>
        <translation>Das Dokument aus dem Ordner nehmen; lässt sich rückgängig machen</translation>
    </message>
    <message>
        <source>Group</source>
        <translation>Gruppe</translation>
    </message>
    <message>
        <source>New group</source>
        <translation>Neue Gruppe</translation>
    </message>
    <message>
        <source>VMs that policies and other groups can name</source>
        <translation>VMs, die Richtlinien und andere Gruppen nennen können</translation>
    </message>
    <message>
        <source>Baseline</source>
        <translation>Baseline</translation>
    </message>
    <message>
        <source>New baseline</source>
        <translation>Neue Baseline</translation>
    </message>
    <message>
        <source>VMs that are held against a known-good state</source>
        <translation>VMs, die an einem bekannt guten Zustand gemessen werden</translation>
    </message>
    <message>
        <source>Rename</source>
        <translation>Umbenennen</translation>
    </message>
    <message>
        <source>Go to the name of the document</source>
        <translation>Zum Namen des Dokuments gehen</translation>
    </message>
    <message>
        <source>Filter the list</source>
        <translation>Liste filtern</translation>
    </message>
    <message>
        <source>Go to the list&apos;s filter</source>
        <translation>Zum Filter der Liste gehen</translation>
    </message>
    <message>
        <source>Go to the list</source>
        <translation>Zur Liste gehen</translation>
    </message>
    <message>
        <source>Move the keyboard to the list</source>
        <translation>Die Tastatur zur Liste bringen</translation>
    </message>
    <message>
        <source>Next view</source>
        <translation>Nächste Ansicht</translation>
    </message>
    <message>
        <source>The form, the text, or what saving would change</source>
        <translation>Das Formular, der Text, oder was das Speichern ändern würde</translation>
    </message>
    <message>
        <source>Go to the preview</source>
        <translation>Zur Vorschau gehen</translation>
    </message>
    <message>
        <source>Move the keyboard to the VMs that it would mean; Enter shows one of them</source>
        <translation>Die Tastatur zu den VMs bringen, die es beträfe; die Eingabetaste zeigt eine davon an</translation>
    </message>
    <message>
        <source>Go to the replay</source>
        <translation>Zum Replay gehen</translation>
    </message>
    <message>
        <source>Move the keyboard to what the draft would have said in the past</source>
        <translation>Die Tastatur dorthin bringen, was der Entwurf in der Vergangenheit gesagt hätte</translation>
    </message>
    <message>
        <source>Replay the draft</source>
        <translation>Replay des Entwurfs</translation>
    </message>
    <message>
        <source>Lead the draft through what was recorded, and see when it would have fired</source>
        <translation>Den Entwurf durch das Aufgezeichnete führen und sehen, wann er angeschlagen hätte</translation>
    </message>
    <message>
        <source>Next problem</source>
        <translation>Nächstes Problem</translation>
    </message>
    <message>
        <source>Go to where something is wrong</source>
        <translation>Dorthin gehen, wo etwas nicht stimmt</translation>
    </message>
    <message>
        <source>Open another folder…</source>
        <translation>Anderen Ordner öffnen…</translation>
    </message>
    <message>
        <source>Judge by the policies of another folder</source>
        <translation>Nach den Richtlinien eines anderen Ordners bewerten</translation>
    </message>
    <message>
        <source>Close</source>
        <translation>Schließen</translation>
    </message>
    <message>
        <source>Close this window</source>
        <translation>Dieses Fenster schließen</translation>
    </message>
    <message>
        <source>Policy that checks</source>
        <translation>Richtlinie, die prüft</translation>
    </message>
    <message>
        <source>&amp;New</source>
        <translation>&amp;Neu</translation>
    </message>
    <message>
        <source>&amp;Document</source>
        <translation>&amp;Dokument</translation>
    </message>
    <message>
        <source>&amp;Go</source>
        <translation>&amp;Gehe zu</translation>
    </message>
    <message>
        <source>Main</source>
        <translation>Hauptleiste</translation>
    </message>
    <message>
        <source>New</source>
        <translation>Neu</translation>
    </message>
    <message>
        <source>A new policy, group or baseline, from an example</source>
        <translation>Eine neue Richtlinie, Gruppe oder Baseline, aus einem Beispiel</translation>
    </message>
    <message>
        <source>Preview</source>
        <translation>Vorschau</translation>
    </message>
    <message>
        <source>Replay</source>
        <translation>Replay</translation>
    </message>
    <message>
        <source>What the draft means: now, or in the past</source>
        <translation>Was der Entwurf bedeutet: jetzt oder in der Vergangenheit</translation>
    </message>
    <message>
        <source>No policies yet</source>
        <translation>Noch keine Richtlinien</translation>
    </message>
    <message>
        <source>Nothing is open</source>
        <translation>Nichts ist geöffnet</translation>
    </message>
    <message>
        <source>“New” begins with an example; or open another folder.</source>
        <translation>„Neu“ beginnt mit einem Beispiel; oder öffnen Sie einen anderen Ordner.</translation>
    </message>
    <message>
        <source>Choose a document of the list, or begin a new one.</source>
        <translation>Wählen Sie ein Dokument der Liste oder beginnen Sie ein neues.</translation>
    </message>
    <message>
        <source>{0} was deleted outside, while you have changes that are not saved.</source>
        <translation>{0} wurde außerhalb gelöscht, während Sie nicht gespeicherte Änderungen haben.</translation>
    </message>
    <message>
        <source>Delete here, too</source>
        <translation>Hier auch löschen</translation>
    </message>
    <message>
        <source>Keep mine</source>
        <translation>Meine behalten</translation>
    </message>
    <message>
        <source>{0} was changed outside, while you have changes that are not saved.</source>
        <translation>{0} wurde außerhalb geändert, während Sie nicht gespeicherte Änderungen haben.</translation>
    </message>
    <message>
        <source>Reload, undo brings mine back</source>
        <translation>Neu laden, „Rückgängig“ holt meine zurück</translation>
    </message>
    <message>
        <source>New policy: {0}</source>
        <translation>Neue Richtlinie: {0}</translation>
    </message>
    <message>
        <source>Arm</source>
        <translation>Scharf schalten</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>Abbrechen</translation>
    </message>
    <message numerus="yes">
        <source>Changes of %Ln document(s) are not saved.</source>
        <translation>
            <numerusform>%Ln Dokument hat nicht gespeicherte Änderungen.</numerusform>
            <numerusform>%Ln Dokumente haben nicht gespeicherte Änderungen.</numerusform>
        </translation>
    </message>
    <message>
        <source>Discard</source>
        <translation>Verwerfen</translation>
    </message>
    <message>
        <source>Go on editing</source>
        <translation>Weiter bearbeiten</translation>
    </message>
</context>
<context>
    <name>PreviewPane</name>
    <message>
        <source>What it would mean</source>
        <translation>Was es bedeuten würde</translation>
    </message>
    <message>
        <source>The engine works it out</source>
        <translation>Die Engine ermittelt es</translation>
    </message>
    <message>
        <source>List them below</source>
        <translation>Unten auflisten</translation>
    </message>
    <message>
        <source>VM</source>
        <translation>VM</translation>
    </message>
    <message>
        <source>Evidence</source>
        <translation>Beleg</translation>
    </message>
    <message>
        <source>VMs of the preview</source>
        <translation>VMs der Vorschau</translation>
    </message>
    <message>
        <source>Enter or a double click shows the VM in the main window</source>
        <translation>Die Eingabetaste oder ein Doppelklick zeigt die VM im Hauptfenster an</translation>
    </message>
    <message>
        <source>Show the VM</source>
        <translation>VM anzeigen</translation>
    </message>
    <message>
        <source>Select it in the main window</source>
        <translation>Im Hauptfenster auswählen</translation>
    </message>
    <message>
        <source>Preview a policy</source>
        <translation>Vorschau einer Richtlinie</translation>
    </message>
    <message>
        <source>members</source>
        <translation>Mitglieder</translation>
    </message>
    <message>
        <source>would newly fail</source>
        <translation>verstoßen neu</translation>
    </message>
    <message>
        <source>would newly pass</source>
        <translation>erfüllen neu</translation>
    </message>
    <message numerus="yes">
        <source>%Ln VM(s) would join</source>
        <translation>
            <numerusform>%Ln VM käme hinzu</numerusform>
            <numerusform>%Ln VMs kämen hinzu</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln VM(s) would leave</source>
        <translation>
            <numerusform>%Ln VM fiele weg</numerusform>
            <numerusform>%Ln VMs fielen weg</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln VM(s) would fail in all</source>
        <translation>
            <numerusform>%Ln VM würde insgesamt verstoßen</numerusform>
            <numerusform>%Ln VMs würden insgesamt verstoßen</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>of %Ln VM(s) nobody could tell</source>
        <translation>
            <numerusform>über %Ln VM ließe sich nichts sagen</numerusform>
            <numerusform>über %Ln VMs ließe sich nichts sagen</numerusform>
        </translation>
    </message>
    <message>
        <source>It can be told once what is wrong is corrected: see the problems.</source>
        <translation>Das lässt sich sagen, sobald berichtigt ist, was nicht stimmt: siehe die Probleme.</translation>
    </message>
    <message>
        <source>Compared with what is in force now, live as you type.</source>
        <translation>Verglichen mit dem, was jetzt in Kraft ist, schon während Sie schreiben.</translation>
    </message>
    <message>
        <source>No VM is a member. Check the expression: it may ask for too much.</source>
        <translation>Keine VM ist Mitglied. Prüfen Sie den Ausdruck: Er verlangt vielleicht zu viel.</translation>
    </message>
    <message>
        <source>Nobody fails that does not fail now.</source>
        <translation>Keine verstößt, die nicht jetzt schon verstößt.</translation>
    </message>
    <message>
        <source>Nobody passes that fails now.</source>
        <translation>Keine erfüllt sie, die jetzt verstößt.</translation>
    </message>
    <message numerus="yes">
        <source>and %Ln more</source>
        <translation>
            <numerusform>und %Ln weiterer</numerusform>
            <numerusform>und %Ln weitere</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>Pulse</name>
    <message numerus="yes">
        <source>%Ln host(s)</source>
        <translation>
            <numerusform>%Ln Host</numerusform>
            <numerusform>%Ln Hosts</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln VM(s)</source>
        <translation>
            <numerusform>%Ln VM</numerusform>
            <numerusform>%Ln VMs</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln connection(s)</source>
        <translation>
            <numerusform>%Ln Verbindung</numerusform>
            <numerusform>%Ln Verbindungen</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln finding(s)</source>
        <translation>
            <numerusform>%Ln Befund</numerusform>
            <numerusform>%Ln Befunde</numerusform>
        </translation>
    </message>
    <message>
        <source>coverage {0}</source>
        <translation>Abdeckung {0}</translation>
    </message>
    <message numerus="yes">
        <source>of %Ln judgement(s) nobody can tell</source>
        <translation>
            <numerusform>zu %Ln Bewertung lässt sich nichts sagen</numerusform>
            <numerusform>zu %Ln Bewertungen lässt sich nichts sagen</numerusform>
        </translation>
    </message>
    <message>
        <source>Nothing is open</source>
        <translation>Nichts ist geöffnet</translation>
    </message>
    <message>
        <source>Starting</source>
        <translation>Startet</translation>
    </message>
    <message>
        <source>Stale since {0}</source>
        <translation>Veraltet seit {0}</translation>
    </message>
    <message>
        <source>Snapshot</source>
        <translation>Snapshot</translation>
    </message>
    <message>
        <source>As it was</source>
        <translation>Wie es war</translation>
    </message>
    <message>
        <source>Not connected</source>
        <translation>Nicht verbunden</translation>
    </message>
    <message>
        <source>Live</source>
        <translation>Live</translation>
    </message>
    <message>
        <source>every connection answers</source>
        <translation>jede Verbindung antwortet</translation>
    </message>
    <message>
        <source>{0} of {1} live</source>
        <translation>{0} von {1} live</translation>
    </message>
    <message>
        <source>Connecting</source>
        <translation>Verbindet</translation>
    </message>
</context>
<context>
    <name>QuarantineActions</name>
    <message>
        <source>Quarantine…</source>
        <translation>Quarantäne…</translation>
    </message>
    <message>
        <source>Release…</source>
        <translation>Freigeben…</translation>
    </message>
    <message>
        <source>Isolate again</source>
        <translation>Erneut isolieren</translation>
    </message>
    <message>
        <source>Close again what somebody opened</source>
        <translation>Wieder schließen, was jemand geöffnet hat</translation>
    </message>
    <message>
        <source>Stop the countdown</source>
        <translation>Countdown anhalten</translation>
    </message>
    <message>
        <source>The policy&apos;s quarantine of this VM does not begin; a proposal is dropped</source>
        <translation>Die Quarantäne dieser VM durch die Richtlinie beginnt nicht; ein Vorschlag entfällt</translation>
    </message>
    <message>
        <source>Isolate {0} again</source>
        <translation>{0} erneut isolieren</translation>
    </message>
    <message>
        <source>Stop the quarantine of {0}</source>
        <translation>Quarantäne von {0} anhalten</translation>
    </message>
    <message>
        <source>Drop the proposal</source>
        <translation>Den Vorschlag verwerfen</translation>
    </message>
    <message>
        <source>the engine does not answer</source>
        <translation>die Engine antwortet nicht</translation>
    </message>
    <message>
        <source>{0} VMs are selected, and {1} can be confirmed at once</source>
        <translation>{0} VMs sind ausgewählt, und {1} lassen sich auf einmal bestätigen</translation>
    </message>
    <message>
        <source>“may quarantine” is not granted for the connection</source>
        <translation>„darf unter Quarantäne stellen“ ist für die Verbindung nicht erlaubt</translation>
    </message>
    <message>
        <source>Take the selected VMs from the network: first see what would happen, and whether it would hold</source>
        <translation>Die ausgewählten VMs vom Netzwerk nehmen: zuerst sehen, was geschehen würde und ob die Quarantäne hielte</translation>
    </message>
    <message>
        <source>Give the selected VMs back exactly as they were</source>
        <translation>Die ausgewählten VMs genau so zurückgeben, wie sie waren</translation>
    </message>
    <message>
        <source>it is not in quarantine</source>
        <translation>sie steht nicht unter Quarantäne</translation>
    </message>
    <message>
        <source>no VM is selected</source>
        <translation>keine VM ist ausgewählt</translation>
    </message>
    <message>
        <source>it is in quarantine already</source>
        <translation>sie steht schon unter Quarantäne</translation>
    </message>
    <message>
        <source>nothing was undone</source>
        <translation>nichts wurde aufgehoben</translation>
    </message>
    <message>
        <source>no countdown is running</source>
        <translation>kein Countdown läuft</translation>
    </message>
</context>
<context>
    <name>QuarantineDialog</name>
    <message>
        <source>Quarantine</source>
        <translation>Quarantäne</translation>
    </message>
    <message>
        <source>Quarantine {0}</source>
        <translation>{0} unter Quarantäne stellen</translation>
    </message>
    <message>
        <source>Mode</source>
        <translation>Modus</translation>
    </message>
    <message>
        <source>Reason</source>
        <translation>Grund</translation>
    </message>
    <message>
        <source>Evidence</source>
        <translation>Beleg</translation>
    </message>
    <message>
        <source>no open finding</source>
        <translation>kein offener Befund</translation>
    </message>
    <message>
        <source>Whom it hits</source>
        <translation>Wen es trifft</translation>
    </message>
    <message>
        <source>Why: it is written down, and left with the VM</source>
        <translation>Warum: wird festgehalten und bei der VM hinterlegt</translation>
    </message>
    <message>
        <source>If somebody undoes it, do it again</source>
        <translation>Wenn jemand sie aufhebt, erneut isolieren</translation>
    </message>
    <message>
        <source>What will be changed</source>
        <translation>Was geändert wird</translation>
    </message>
    <message>
        <source>Will it hold?</source>
        <translation>Hält die Quarantäne?</translation>
    </message>
    <message>
        <source>How it is now is written down first. “Release” puts it back exactly, or says why it cannot.</source>
        <translation>Wie es jetzt ist, wird zuerst festgehalten. „Freigeben“ stellt es genau wieder her, oder sagt, warum das nicht geht.</translation>
    </message>
    <message numerus="yes">
        <source>%Ln network card(s)</source>
        <translation>
            <numerusform>%Ln Netzwerkkarte</numerusform>
            <numerusform>%Ln Netzwerkkarten</numerusform>
        </translation>
    </message>
    <message>
        <source>{0} on {1}</source>
        <translation>{0} an {1}</translation>
    </message>
    <message numerus="yes">
        <source>%Ln VM(s) in quarantine already</source>
        <translation>
            <numerusform>%Ln VM bereits unter Quarantäne</numerusform>
            <numerusform>%Ln VMs bereits unter Quarantäne</numerusform>
        </translation>
    </message>
    <message>
        <source>Looking at the VM…</source>
        <translation>Die VM wird angesehen…</translation>
    </message>
    <message>
        <source>Plan a quarantine of {0}</source>
        <translation>Quarantäne von {0} planen</translation>
    </message>
    <message>
        <source>It cannot be done: {0}</source>
        <translation>Das geht nicht: {0}</translation>
    </message>
    <message>
        <source>Afterwards it is {0}.</source>
        <translation>Danach ist sie {0}.</translation>
    </message>
    <message>
        <source>Afterwards it is only {0}: some way to the world stays open, or nobody can tell.</source>
        <translation>Danach ist sie nur {0}: Irgendein Weg nach außen bleibt offen, oder niemand kann es sagen.</translation>
    </message>
</context>
<context>
    <name>QuarantineList</name>
    <message>
        <source>Quarantine</source>
        <translation>Quarantäne</translation>
    </message>
    <message>
        <source>VM</source>
        <translation>VM</translation>
    </message>
    <message>
        <source>Before</source>
        <translation>Vorher</translation>
    </message>
    <message>
        <source>After</source>
        <translation>Nachher</translation>
    </message>
    <message>
        <source>By</source>
        <translation>Von</translation>
    </message>
    <message>
        <source>Reason</source>
        <translation>Grund</translation>
    </message>
</context>
<context>
    <name>QuarantineModel</name>
    <message>
        <source>VM</source>
        <translation>VM</translation>
    </message>
    <message>
        <source>State</source>
        <translation>Zustand</translation>
    </message>
    <message>
        <source>Since</source>
        <translation>Seit</translation>
    </message>
    <message>
        <source>By</source>
        <translation>Von</translation>
    </message>
    <message>
        <source>Reason</source>
        <translation>Grund</translation>
    </message>
    <message>
        <source>Verified</source>
        <translation>Geprüft</translation>
    </message>
</context>
<context>
    <name>QuarantineSeveralDialog</name>
    <message numerus="yes">
        <source>Quarantine %Ln VM(s)</source>
        <translation>
            <numerusform>%Ln VM unter Quarantäne stellen</numerusform>
            <numerusform>%Ln VMs unter Quarantäne stellen</numerusform>
        </translation>
    </message>
    <message>
        <source>Why: it is written down, and left with each VM</source>
        <translation>Warum: wird festgehalten und bei jeder VM hinterlegt</translation>
    </message>
    <message>
        <source>Reason</source>
        <translation>Grund</translation>
    </message>
    <message>
        <source>If somebody undoes it, do it again</source>
        <translation>Wenn jemand sie aufhebt, erneut isolieren</translation>
    </message>
    <message>
        <source>How each is now is written down first. “Release” puts it back exactly, or says why it cannot.</source>
        <translation>Wie jede jetzt ist, wird zuerst festgehalten. „Freigeben“ stellt es genau wieder her, oder sagt, warum das nicht geht.</translation>
    </message>
    <message>
        <source>VM</source>
        <translation>VM</translation>
    </message>
    <message>
        <source>Afterwards</source>
        <translation>Danach</translation>
    </message>
    <message>
        <source>Held</source>
        <translation>Dicht</translation>
    </message>
    <message>
        <source>Not held</source>
        <translation>Offen</translation>
    </message>
    <message>
        <source>Not known</source>
        <translation>Unbekannt</translation>
    </message>
    <message>
        <source>What will be changed</source>
        <translation>Was geändert wird</translation>
    </message>
    <message>
        <source>Mode</source>
        <translation>Modus</translation>
    </message>
    <message>
        <source>Whom it hits</source>
        <translation>Wen es trifft</translation>
    </message>
    <message numerus="yes">
        <source>Plan a quarantine of %Ln VM(s)</source>
        <translation>
            <numerusform>Quarantäne von %Ln VM planen</numerusform>
            <numerusform>Quarantäne von %Ln VMs planen</numerusform>
        </translation>
    </message>
    <message>
        <source>“{0}” allows {1} at once, and there would be {2}.</source>
        <translation>„{0}“ erlaubt {1} auf einmal, und es wären {2}.</translation>
    </message>
    <message>
        <source>More than is usual at once: {0} VMs, {1} % of the {2} that are known; usual are {3}.</source>
        <translation>Mehr als üblich auf einmal: {0} VMs, {1} % der {2} bekannten; üblich sind {3}.</translation>
    </message>
    <message>
        <source>There is none left to be put into quarantine.</source>
        <translation>Es bleibt keine, die unter Quarantäne gestellt werden könnte.</translation>
    </message>
    <message>
        <source>A reason is missing.</source>
        <translation>Es fehlt ein Grund.</translation>
    </message>
    <message>
        <source>It goes beyond a limit: say above that it is meant.</source>
        <translation>Das geht über eine Grenze hinaus: Bestätigen Sie oben, dass es gewollt ist.</translation>
    </message>
    <message numerus="yes">
        <source>All %Ln of them are meant</source>
        <translation>
            <numerusform>Die eine ist gewollt</numerusform>
            <numerusform>Alle %Ln sind gewollt</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln VM(s)</source>
        <translation>
            <numerusform>%Ln VM</numerusform>
            <numerusform>%Ln VMs</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln network card(s)</source>
        <translation>
            <numerusform>%Ln Netzwerkkarte</numerusform>
            <numerusform>%Ln Netzwerkkarten</numerusform>
        </translation>
    </message>
    <message>
        <source>{0} on {1}</source>
        <translation>{0} an {1}</translation>
    </message>
    <message numerus="yes">
        <source>%Ln of them running</source>
        <translation>
            <numerusform>davon %Ln eingeschaltet</numerusform>
            <numerusform>davon %Ln eingeschaltet</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln VM(s) in quarantine already</source>
        <translation>
            <numerusform>%Ln VM bereits unter Quarantäne</numerusform>
            <numerusform>%Ln VMs bereits unter Quarantäne</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>and %Ln more</source>
        <translation>
            <numerusform>und %Ln weiteres</numerusform>
            <numerusform>und %Ln weitere</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>of %Ln it cannot be done</source>
        <translation>
            <numerusform>bei %Ln geht es nicht</numerusform>
            <numerusform>bei %Ln geht es nicht</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln left out</source>
        <translation>
            <numerusform>%Ln ausgelassen</numerusform>
            <numerusform>%Ln ausgelassen</numerusform>
        </translation>
    </message>
    <message>
        <source>Afterwards: {0}.</source>
        <translation>Danach: {0}.</translation>
    </message>
    <message>
        <source>Where it is in part only, some way to the world stays open, or nobody can tell.</source>
        <translation>Bei teilweise isolierten bleibt irgendein Weg nach außen offen, oder niemand kann es sagen.</translation>
    </message>
    <message>
        <source>cannot be done</source>
        <translation>geht nicht</translation>
    </message>
    <message>
        <source>Cannot be done</source>
        <translation>Geht nicht</translation>
    </message>
    <message>
        <source>Refused</source>
        <translation>Abgelehnt</translation>
    </message>
    <message>
        <source>Because</source>
        <translation>Begründung</translation>
    </message>
    <message>
        <source>What to do</source>
        <translation>Was zu tun ist</translation>
    </message>
    <message>
        <source>Changes</source>
        <translation>Änderungen</translation>
    </message>
    <message>
        <source>Look out</source>
        <translation>Achtung</translation>
    </message>
    <message>
        <source>Stays open</source>
        <translation>Bleibt offen</translation>
    </message>
    <message>
        <source>Evidence</source>
        <translation>Beleg</translation>
    </message>
    <message>
        <source>Policy</source>
        <translation>Richtlinie</translation>
    </message>
</context>
<context>
    <name>QuarantineView</name>
    <message>
        <source>Quarantine</source>
        <translation>Quarantäne</translation>
    </message>
    <message>
        <source>About the quarantine</source>
        <translation>Über die Quarantäne</translation>
    </message>
    <message>
        <source>Also those that are over</source>
        <translation>Auch beendete</translation>
    </message>
    <message>
        <source>Show the finding</source>
        <translation>Befund anzeigen</translation>
    </message>
    <message>
        <source>What led to this quarantine</source>
        <translation>Was zu dieser Quarantäne geführt hat</translation>
    </message>
    <message>
        <source>No VM is in quarantine. Select VMs and choose “Quarantine…”; policies can propose it, too.</source>
        <translation>Keine VM steht unter Quarantäne. Wählen Sie VMs aus und dann „Quarantäne…“; auch Richtlinien können sie vorschlagen.</translation>
    </message>
    <message>
        <source>List past quarantines</source>
        <translation>Frühere Quarantänen auflisten</translation>
    </message>
    <message>
        <source>State</source>
        <translation>Zustand</translation>
    </message>
    <message>
        <source>Verified</source>
        <translation>Geprüft</translation>
    </message>
    <message>
        <source>Mode</source>
        <translation>Modus</translation>
    </message>
    <message>
        <source>Put in</source>
        <translation>Verhängt</translation>
    </message>
    <message>
        <source>{0} by {1}</source>
        <translation>{0} von {1}</translation>
    </message>
    <message>
        <source>Reason</source>
        <translation>Grund</translation>
    </message>
    <message>
        <source>Because</source>
        <translation>Begründung</translation>
    </message>
    <message>
        <source>What to do</source>
        <translation>Was zu tun ist</translation>
    </message>
    <message>
        <source>Open</source>
        <translation>Offen</translation>
    </message>
    <message>
        <source>Policy</source>
        <translation>Richtlinie</translation>
    </message>
    <message>
        <source>Evidence</source>
        <translation>Beleg</translation>
    </message>
    <message>
        <source>Network</source>
        <translation>Netzwerk</translation>
    </message>
    <message>
        <source>Put back</source>
        <translation>Wiederhergestellt</translation>
    </message>
    <message numerus="yes">
        <source>%Ln time(s)</source>
        <translation>
            <numerusform>%Ln Mal</numerusform>
            <numerusform>%Ln Mal</numerusform>
        </translation>
    </message>
    <message>
        <source>When</source>
        <translation>Wann</translation>
    </message>
    <message>
        <source>What</source>
        <translation>Was</translation>
    </message>
    <message>
        <source>Who</source>
        <translation>Wer</translation>
    </message>
    <message>
        <source>What happened since</source>
        <translation>Was seitdem geschehen ist</translation>
    </message>
</context>
<context>
    <name>QuarantineWords</name>
    <message>
        <source>Isolate</source>
        <translation>Isolieren</translation>
    </message>
    <message>
        <source>Disconnect</source>
        <translation>Trennen</translation>
    </message>
    <message>
        <source>Pause</source>
        <translation>Pausieren</translation>
    </message>
    <message>
        <source>Observe only</source>
        <translation>Nur beobachten</translation>
    </message>
    <message>
        <source>it keeps running on a quarantine network, or behind a filter that drops everything</source>
        <translation>läuft weiter, im Quarantänenetz oder hinter einem Filter, der alles verwirft</translation>
    </message>
    <message>
        <source>it keeps running, with every network card unplugged</source>
        <translation>läuft weiter, alle Netzwerkkarten sind getrennt</translation>
    </message>
    <message>
        <source>it stops where it is, with its memory, and does not answer</source>
        <translation>hält an, wo sie ist, samt Arbeitsspeicher, und antwortet nicht</translation>
    </message>
    <message>
        <source>nothing is changed; it is only listed and watched</source>
        <translation>nichts wird geändert; sie wird nur aufgeführt und beobachtet</translation>
    </message>
    <message>
        <source>Mode</source>
        <translation>Modus</translation>
    </message>
    <message>
        <source>Way to the world</source>
        <translation>Weg</translation>
    </message>
    <message>
        <source>Held</source>
        <translation>Dicht</translation>
    </message>
    <message>
        <source>Frames</source>
        <translation>Frames</translation>
    </message>
    <message>
        <source>Because</source>
        <translation>Begründung</translation>
    </message>
    <message>
        <source>Ways to the world</source>
        <translation>Wege nach außen</translation>
    </message>
    <message>
        <source>It has none.</source>
        <translation>Sie hat keine.</translation>
    </message>
    <message>
        <source>Sent and received so far</source>
        <translation>Bisher gesendet und empfangen</translation>
    </message>
</context>
<context>
    <name>QueryHelp</name>
    <message>
        <source>What can be searched for</source>
        <translation>Wonach gesucht werden kann</translation>
    </message>
    <message>
        <source>Plain words find names, addresses, hosts and networks. An expression says more:</source>
        <translation>Einfache Wörter finden Namen, Adressen, Hosts und Netzwerke. Ein Ausdruck sagt mehr:</translation>
    </message>
    <message>
        <source>Close the help</source>
        <translation>Hilfe schließen</translation>
    </message>
    <message>
        <source>Close the help (Esc)</source>
        <translation>Hilfe schließen (Esc)</translation>
    </message>
    <message>
        <source>Enter puts the example of a line into the search box</source>
        <translation>Die Eingabetaste übernimmt das Beispiel einer Zeile in das Suchfeld</translation>
    </message>
    <message>
        <source>several together</source>
        <translation>mehreres zusammen</translation>
    </message>
    <message>
        <source>Runs, and has a card on VLAN 30.</source>
        <translation>Läuft und hat eine Karte im VLAN 30.</translation>
    </message>
    <message>
        <source>Tagged, but not audited.</source>
        <translation>Hat Tags, aber kein Audit.</translation>
    </message>
    <message>
        <source>By address or by name.</source>
        <translation>Nach Adresse oder nach Name.</translation>
    </message>
    <message>
        <source>Keeps old snapshots.</source>
        <translation>Behält alte Snapshots.</translation>
    </message>
    <message>
        <source>Name</source>
        <translation>Name</translation>
    </message>
    <message>
        <source>Example</source>
        <translation>Beispiel</translation>
    </message>
    <message>
        <source>What it is</source>
        <translation>Was es ist</translation>
    </message>
</context>
<context>
    <name>QuietRow</name>
    <message>
        <source>quiet hours week days weekend night office time</source>
        <translation>Ruhezeit ruhig Stunden Woche Tage Wochenende Nacht Büro Zeit</translation>
    </message>
    <message>
        <source>never quiet</source>
        <translation>nie ruhig</translation>
    </message>
    <message>
        <source>Quiet hours as text</source>
        <translation>Ruhezeiten als Text</translation>
    </message>
    <message>
        <source>Reset</source>
        <translation>Zurücksetzen</translation>
    </message>
    <message>
        <source>Reset {0}</source>
        <translation>{0} zurücksetzen</translation>
    </message>
    <message>
        <source>Quiet hours</source>
        <translation>Ruhezeiten</translation>
    </message>
    <message>
        <source>this machine</source>
        <translation>diesem Rechner</translation>
    </message>
    <message>
        <source>Drag over days and hours, or write them: {0}.</source>
        <translation>Ziehen Sie über Tage und Stunden, oder schreiben Sie sie: {0}.</translation>
    </message>
    <message>
        <source>The clock is that of {0}; summer time is minded.</source>
        <translation>Es gilt die Uhr von {0}; die Sommerzeit wird beachtet.</translation>
    </message>
</context>
<context>
    <name>RawPane</name>
    <message>
        <source>The record as JSON</source>
        <translation>Der Datensatz als JSON</translation>
    </message>
    <message>
        <source>Copy</source>
        <translation>Kopieren</translation>
    </message>
    <message>
        <source>Copy the whole record</source>
        <translation>Den ganzen Datensatz kopieren</translation>
    </message>
    <message>
        <source>the first {0} of {1}</source>
        <translation>die ersten {0} von {1}</translation>
    </message>
    <message>
        <source>the end is left out, but copied</source>
        <translation>das Ende fehlt hier, wird aber kopiert</translation>
    </message>
    <message>
        <source>{0} found</source>
        <translation>{0} gefunden</translation>
    </message>
</context>
<context>
    <name>ReleaseDialog</name>
    <message>
        <source>Release</source>
        <translation>Freigeben</translation>
    </message>
    <message>
        <source>Release {0}</source>
        <translation>{0} freigeben</translation>
    </message>
    <message>
        <source>In quarantine since {0}, by {1}: {2}</source>
        <translation>Unter Quarantäne seit {0}, durch {1}: {2}</translation>
    </message>
    <message>
        <source>Looking at the VM…</source>
        <translation>Die VM wird angesehen…</translation>
    </message>
    <message>
        <source>Put it back all the same: what was changed meanwhile is overwritten</source>
        <translation>Trotzdem wiederherstellen: Was inzwischen geändert wurde, wird überschrieben</translation>
    </message>
    <message>
        <source>Leave it as it is now, and consider the quarantine over</source>
        <translation>So lassen, wie es jetzt ist, und die Quarantäne als beendet ansehen</translation>
    </message>
    <message>
        <source>Why now (optional)</source>
        <translation>Warum jetzt (optional)</translation>
    </message>
    <message>
        <source>Reason</source>
        <translation>Grund</translation>
    </message>
    <message>
        <source>Look whether {0} can be given back</source>
        <translation>Nachsehen, ob {0} freigegeben werden kann</translation>
    </message>
    <message>
        <source>It is as the quarantine left it: everything is put back exactly as it was.</source>
        <translation>Sie ist so, wie die Quarantäne sie hinterlassen hat: Alles wird genau so wiederhergestellt, wie es war.</translation>
    </message>
    <message>
        <source>The record that another console left with the VM is not signed with a key that this one knows.</source>
        <translation>Der Datensatz, den eine andere Konsole bei der VM hinterlassen hat, ist mit keinem Schlüssel signiert, den diese kennt.</translation>
    </message>
    <message>
        <source>It was changed since it was put into quarantine. What shall be done?</source>
        <translation>Sie wurde geändert, seit sie unter Quarantäne steht. Was soll geschehen?</translation>
    </message>
</context>
<context>
    <name>ReleaseSeveralDialog</name>
    <message numerus="yes">
        <source>Release %Ln VM(s)</source>
        <translation>
            <numerusform>%Ln VM freigeben</numerusform>
            <numerusform>%Ln VMs freigeben</numerusform>
        </translation>
    </message>
    <message>
        <source>Why now (optional)</source>
        <translation>Warum jetzt (optional)</translation>
    </message>
    <message>
        <source>Reason</source>
        <translation>Grund</translation>
    </message>
    <message>
        <source>Those that were changed</source>
        <translation>Geänderte VMs</translation>
    </message>
    <message>
        <source>Stay in quarantine: look at each by itself</source>
        <translation>Bleiben unter Quarantäne: jede einzeln ansehen</translation>
    </message>
    <message>
        <source>Put them back all the same: what was changed is overwritten</source>
        <translation>Trotzdem wiederherstellen: Was geändert wurde, wird überschrieben</translation>
    </message>
    <message>
        <source>Leave them as they are now: the quarantine is over</source>
        <translation>So lassen, wie sie jetzt sind: Die Quarantäne ist beendet</translation>
    </message>
    <message>
        <source>VM</source>
        <translation>VM</translation>
    </message>
    <message>
        <source>Given back</source>
        <translation>Freigabe</translation>
    </message>
    <message>
        <source>State</source>
        <translation>Zustand</translation>
    </message>
    <message>
        <source>Since</source>
        <translation>Seit</translation>
    </message>
    <message>
        <source>By</source>
        <translation>Von</translation>
    </message>
    <message>
        <source>Changed since</source>
        <translation>Seitdem geändert</translation>
    </message>
    <message numerus="yes">
        <source>Look whether %Ln VM(s) can be given back</source>
        <translation>
            <numerusform>Nachsehen, ob %Ln VM freigegeben werden kann</numerusform>
            <numerusform>Nachsehen, ob %Ln VMs freigegeben werden können</numerusform>
        </translation>
    </message>
    <message>
        <source>the record with it is of an unknown key: release it by itself</source>
        <translation>der Datensatz bei ihr hat einen unbekannten Schlüssel: einzeln freigeben</translation>
    </message>
    <message>
        <source>it was changed since: it stays in quarantine</source>
        <translation>sie wurde seitdem geändert: Sie bleibt unter Quarantäne</translation>
    </message>
    <message>
        <source>There is none left that can be given back.</source>
        <translation>Es bleibt keine, die freigegeben werden könnte.</translation>
    </message>
    <message numerus="yes">
        <source>%Ln as it was, exactly</source>
        <translation>
            <numerusform>%Ln genau wie vorher</numerusform>
            <numerusform>%Ln genau wie vorher</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln as chosen for those that were changed</source>
        <translation>
            <numerusform>%Ln wie für geänderte gewählt</numerusform>
            <numerusform>%Ln wie für geänderte gewählt</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln stay(s) in quarantine</source>
        <translation>
            <numerusform>%Ln bleibt unter Quarantäne</numerusform>
            <numerusform>%Ln bleiben unter Quarantäne</numerusform>
        </translation>
    </message>
    <message>
        <source>Given back: {0}.</source>
        <translation>Freigabe: {0}.</translation>
    </message>
    <message>
        <source>no: {0}</source>
        <translation>nein: {0}</translation>
    </message>
    <message>
        <source>refused: {0}</source>
        <translation>abgelehnt: {0}</translation>
    </message>
    <message>
        <source>exactly as it was</source>
        <translation>genau wie vorher</translation>
    </message>
    <message>
        <source>as it was; changes are lost</source>
        <translation>wie vorher; Änderungen gehen verloren</translation>
    </message>
    <message>
        <source>left as it is now</source>
        <translation>bleibt, wie sie jetzt ist</translation>
    </message>
    <message>
        <source>In quarantine</source>
        <translation>Verhängt</translation>
    </message>
    <message>
        <source>{0} by {1}</source>
        <translation>{0} von {1}</translation>
    </message>
    <message>
        <source>Mode</source>
        <translation>Modus</translation>
    </message>
    <message>
        <source>Cannot be now</source>
        <translation>Geht jetzt nicht</translation>
    </message>
    <message>
        <source>What to do</source>
        <translation>Was zu tun ist</translation>
    </message>
</context>
<context>
    <name>ReplayPane</name>
    <message>
        <source>How far back</source>
        <translation>Wie weit zurück</translation>
    </message>
    <message>
        <source>The last day</source>
        <translation>Der letzte Tag</translation>
    </message>
    <message>
        <source>The last week</source>
        <translation>Die letzte Woche</translation>
    </message>
    <message>
        <source>The last 30 days</source>
        <translation>Die letzten 30 Tage</translation>
    </message>
    <message>
        <source>All that is recorded</source>
        <translation>Alles Aufgezeichnete</translation>
    </message>
    <message>
        <source>Replay</source>
        <translation>Replay</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>Abbrechen</translation>
    </message>
    <message>
        <source>Give it up; what was shown before stays</source>
        <translation>Abbrechen; was vorher angezeigt wurde, bleibt</translation>
    </message>
    <message>
        <source>Export…</source>
        <translation>Exportieren…</translation>
    </message>
    <message>
        <source>Write the list as CSV</source>
        <translation>Die Liste als CSV schreiben</translation>
    </message>
    <message>
        <source>How far the replay is</source>
        <translation>Wie weit das Replay ist</translation>
    </message>
    <message>
        <source>The draft has changed since. Replay it again.</source>
        <translation>Der Entwurf wurde seitdem geändert. Führen Sie das Replay erneut aus.</translation>
    </message>
    <message>
        <source>VMs of the replay</source>
        <translation>VMs des Replays</translation>
    </message>
    <message>
        <source>VM</source>
        <translation>VM</translation>
    </message>
    <message>
        <source>Times</source>
        <translation>Anzahl</translation>
    </message>
    <message>
        <source>First</source>
        <translation>Zuerst</translation>
    </message>
    <message>
        <source>Last</source>
        <translation>Zuletzt</translation>
    </message>
    <message>
        <source>Quarantined</source>
        <translation>Quarantäne</translation>
    </message>
    <message>
        <source>Enter or a double click shows the VM in the main window</source>
        <translation>Die Eingabetaste oder ein Doppelklick zeigt die VM im Hauptfenster an</translation>
    </message>
    <message>
        <source>Replay a policy</source>
        <translation>Replay einer Richtlinie</translation>
    </message>
    <message>
        <source>It could not be replayed</source>
        <translation>Das Replay war nicht möglich</translation>
    </message>
    <message>
        <source>Open a policy first.</source>
        <translation>Öffnen Sie zuerst eine Richtlinie.</translation>
    </message>
    <message>
        <source>A group demands nothing: replay a policy that names it.</source>
        <translation>Eine Gruppe verlangt nichts: Wählen Sie eine Richtlinie, die sie nennt.</translation>
    </message>
    <message>
        <source>A baseline holds VMs against the state of one time, and has no past.</source>
        <translation>Eine Baseline misst VMs am Zustand eines Zeitpunkts und hat keine Vergangenheit.</translation>
    </message>
    <message>
        <source>Correct first what is wrong with it: see the problems.</source>
        <translation>Berichtigen Sie zuerst, was nicht stimmt: siehe die Probleme.</translation>
    </message>
    <message>
        <source>Lead this draft, saved or not, through what was recorded</source>
        <translation>Diesen Entwurf, gespeichert oder nicht, durch das Aufgezeichnete führen</translation>
    </message>
    <message>
        <source>What it would have said</source>
        <translation>Was sie gesagt hätte</translation>
    </message>
    <message>
        <source>the first {0} of them</source>
        <translation>die ersten {0} davon</translation>
    </message>
    <message>
        <source>Replaying…</source>
        <translation>Das Replay läuft…</translation>
    </message>
    <message>
        <source>A replay leads this draft through what the console has recorded: how often it would have fired, on which VMs, when, and what it would have quarantined. Nothing is done to any VM.</source>
        <translation>Ein Replay führt diesen Entwurf durch das, was die Konsole aufgezeichnet hat: wie oft er angeschlagen hätte, bei welchen VMs, wann, und was er unter Quarantäne gestellt hätte. Keiner VM geschieht etwas.</translation>
    </message>
    <message>
        <source>It would not have fired.</source>
        <translation>Sie hätte nicht angeschlagen.</translation>
    </message>
    <message numerus="yes">
        <source>%Ln time(s)</source>
        <translation>
            <numerusform>%Ln Mal</numerusform>
            <numerusform>%Ln Mal</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln VM(s)</source>
        <translation>
            <numerusform>%Ln VM</numerusform>
            <numerusform>%Ln VMs</numerusform>
        </translation>
    </message>
    <message>
        <source>It would have fired {0} on {1}.</source>
        <translation>Sie hätte {0} bei {1} angeschlagen.</translation>
    </message>
    <message numerus="yes">
        <source>%Ln VM(s) would have been quarantined.</source>
        <translation>
            <numerusform>%Ln VM wäre unter Quarantäne gestellt worden.</numerusform>
            <numerusform>%Ln VMs wären unter Quarantäne gestellt worden.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Of %Ln VM(s) a person would have been asked.</source>
        <translation>
            <numerusform>Bei %Ln VM wäre ein Mensch gefragt worden.</numerusform>
            <numerusform>Bei %Ln VMs wäre ein Mensch gefragt worden.</numerusform>
        </translation>
    </message>
    <message>
        <source>From {0} to {1}.</source>
        <translation>Von {0} bis {1}.</translation>
    </message>
    <message numerus="yes">
        <source>%Ln time(s) it was so already when that began.</source>
        <translation>
            <numerusform>%Ln Mal war es schon so, als diese Zeit begann.</numerusform>
            <numerusform>%Ln Mal war es schon so, als diese Zeit begann.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Of %Ln more VM(s) nobody could tell.</source>
        <translation>
            <numerusform>Über %Ln weitere VM ließe sich nichts sagen.</numerusform>
            <numerusform>Über %Ln weitere VMs ließe sich nichts sagen.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>The past of %Ln thing(s) cannot be told from the changes.</source>
        <translation>
            <numerusform>Bei %Ln Eintrag geht die Vergangenheit aus den Änderungen nicht hervor.</numerusform>
            <numerusform>Bei %Ln Einträgen geht die Vergangenheit aus den Änderungen nicht hervor.</numerusform>
        </translation>
    </message>
    <message>
        <source>No known vulnerabilities are loaded.</source>
        <translation>Es sind keine bekannten Schwachstellen geladen.</translation>
    </message>
    <message>
        <source>Vulnerabilities are those known today, not then.</source>
        <translation>Schwachstellen sind die heute bekannten, nicht die von damals.</translation>
    </message>
    <message>
        <source>What is inside guests is taken as known all the time.</source>
        <translation>Angenommen wird, dass das Innere der Gäste die ganze Zeit bekannt war.</translation>
    </message>
    <message>
        <source>It is taken that it was armed, and that nobody was released.</source>
        <translation>Angenommen wird, dass sie scharf geschaltet war und niemand freigegeben wurde.</translation>
    </message>
    <message>
        <source>earlier</source>
        <translation>früher</translation>
    </message>
    <message>
        <source>no</source>
        <translation>nein</translation>
    </message>
    <message>
        <source>would ask</source>
        <translation>würde fragen</translation>
    </message>
    <message>
        <source>after {0}</source>
        <translation>nach {0}</translation>
    </message>
    <message>
        <source>at once</source>
        <translation>sofort</translation>
    </message>
    <message>
        <source>{0} s</source>
        <translation>{0} s</translation>
    </message>
    <message>
        <source>{0} min</source>
        <translation>{0} min</translation>
    </message>
    <message>
        <source>{0} h</source>
        <translation>{0} h</translation>
    </message>
    <message>
        <source>Export the replay</source>
        <translation>Das Replay exportieren</translation>
    </message>
    <message>
        <source>It could not be written</source>
        <translation>Das Schreiben war nicht möglich</translation>
    </message>
</context>
<context>
    <name>Report</name>
    <message>
        <source>Copy</source>
        <translation>Kopieren</translation>
    </message>
    <message>
        <source>Close</source>
        <translation>Schließen</translation>
    </message>
    <message>
        <source>Copied</source>
        <translation>Kopiert</translation>
    </message>
</context>
<context>
    <name>ReportDialog</name>
    <message>
        <source>Report</source>
        <translation>Bericht</translation>
    </message>
    <message>
        <source>Look at the groups</source>
        <translation>Gruppen ansehen</translation>
    </message>
    <message>
        <source>Kind</source>
        <translation>Art</translation>
    </message>
    <message>
        <source>Table</source>
        <translation>Tabelle</translation>
    </message>
    <message>
        <source>A group of the policies:</source>
        <translation>Eine Gruppe der Richtlinien:</translation>
    </message>
    <message>
        <source>Open it when it is there</source>
        <translation>Öffnen, sobald er fertig ist</translation>
    </message>
    <message>
        <source>The estate in a form for others</source>
        <translation>Der Bestand in einer Form für andere</translation>
    </message>
    <message>
        <source>What is not known is told as such, and never counts as a pass.</source>
        <translation>Was nicht bekannt ist, wird so benannt und zählt nie als erfüllt.</translation>
    </message>
    <message>
        <source>Which VMs</source>
        <translation>Welche VMs</translation>
    </message>
    <message>
        <source>With</source>
        <translation>Mit</translation>
    </message>
    <message>
        <source>Write {0}</source>
        <translation>{0} schreiben</translation>
    </message>
    <message>
        <source>Save the report as</source>
        <translation>Den Bericht speichern unter</translation>
    </message>
    <message>
        <source>Look how far it is</source>
        <translation>Nachsehen, wie weit er ist</translation>
    </message>
</context>
<context>
    <name>ReportKinds</name>
    <message>
        <source>Report as a page (HTML)</source>
        <translation>Bericht als Seite (HTML)</translation>
    </message>
    <message>
        <source>Report as PDF</source>
        <translation>Bericht als PDF</translation>
    </message>
    <message>
        <source>Workbook with the tabs of RVTools (Excel)</source>
        <translation>Arbeitsmappe mit den Blättern von RVTools (Excel)</translation>
    </message>
    <message>
        <source>Bill of materials (CycloneDX)</source>
        <translation>Stückliste (CycloneDX)</translation>
    </message>
    <message>
        <source>Events (OCSF)</source>
        <translation>Ereignisse (OCSF)</translation>
    </message>
    <message>
        <source>Table (CSV)</source>
        <translation>Tabelle (CSV)</translation>
    </message>
    <message>
        <source>Table (Parquet)</source>
        <translation>Tabelle (Parquet)</translation>
    </message>
</context>
<context>
    <name>ReviewBanner</name>
    <message>
        <source>Snapshot of {0}</source>
        <translation>Snapshot von {0}</translation>
    </message>
    <message>
        <source>As it was on {0}</source>
        <translation>Wie es am {0} war</translation>
    </message>
    <message>
        <source>Not known: {0}</source>
        <translation>Nicht bekannt: {0}</translation>
    </message>
    <message>
        <source>only: {0}</source>
        <translation>nur: {0}</translation>
    </message>
    <message>
        <source>names and addresses replaced</source>
        <translation>Namen und Adressen ersetzt</translation>
    </message>
    <message numerus="yes">
        <source>%Ln thing(s) it cannot tell</source>
        <translation>
            <numerusform>%Ln Angabe ist nicht bekannt</numerusform>
            <numerusform>%Ln Angaben sind nicht bekannt</numerusform>
        </translation>
    </message>
    <message>
        <source>signed with a known key, {0}</source>
        <translation>mit einem bekannten Schlüssel signiert, {0}</translation>
    </message>
    <message>
        <source>signed by {0}, a stranger</source>
        <translation>signiert von {0}, unbekannt</translation>
    </message>
    <message>
        <source>not signed</source>
        <translation>nicht signiert</translation>
    </message>
    <message>
        <source>nothing acts here</source>
        <translation>hier wirkt nichts</translation>
    </message>
</context>
<context>
    <name>ReviewBar</name>
    <message>
        <source>The time that is shown</source>
        <translation>Die Zeit, die angezeigt wird</translation>
    </message>
</context>
<context>
    <name>RoundWords</name>
    <message>
        <source>{0}: {1}</source>
        <translation>{0}, {1}</translation>
    </message>
    <message>
        <source>its host is busy: all wait {0} times as long</source>
        <translation>der Host ist ausgelastet: alle warten {0}-mal so lange</translation>
    </message>
    <message>
        <source>always quiet</source>
        <translation>immer Ruhezeit</translation>
    </message>
    <message>
        <source>quiet until {0}</source>
        <translation>Ruhezeit bis {0}</translation>
    </message>
    <message>
        <source>no guest waits</source>
        <translation>kein Gast wartet</translation>
    </message>
    <message numerus="yes">
        <source>%Ln guest(s) wait</source>
        <translation>
            <numerusform>%Ln Gast wartet</numerusform>
            <numerusform>%Ln Gäste warten</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln guest(s)</source>
        <translation>
            <numerusform>%Ln Gast</numerusform>
            <numerusform>%Ln Gäste</numerusform>
        </translation>
    </message>
    <message>
        <source>{0}, {1} being looked into</source>
        <translation>{0}, davon {1} gerade in Arbeit</translation>
    </message>
</context>
<context>
    <name>Row</name>
    <message>
        <source>Reset</source>
        <translation>Zurücksetzen</translation>
    </message>
    <message>
        <source>Back to what it was at first</source>
        <translation>Zurück zu dem, was es anfangs war</translation>
    </message>
    <message>
        <source>Reset {0}</source>
        <translation>{0} zurücksetzen</translation>
    </message>
</context>
<context>
    <name>RowBuilder</name>
    <message>
        <source>How many of the rows must hold</source>
        <translation>Wie viele der Zeilen zutreffen müssen</translation>
    </message>
    <message>
        <source>All of these hold</source>
        <translation>Alle davon treffen zu</translation>
    </message>
    <message>
        <source>Any of these holds</source>
        <translation>Mindestens eine davon trifft zu</translation>
    </message>
    <message>
        <source>None of these holds</source>
        <translation>Keine davon trifft zu</translation>
    </message>
    <message>
        <source>Add a row</source>
        <translation>Zeile hinzufügen</translation>
    </message>
    <message>
        <source>This expression has conditions within conditions: it is edited as text, below.</source>
        <translation>Dieser Ausdruck hat Bedingungen in Bedingungen: Er wird unten als Text bearbeitet.</translation>
    </message>
</context>
<context>
    <name>RowEdit</name>
    <message>
        <source>Attribute</source>
        <translation>Attribut</translation>
    </message>
    <message>
        <source>What is asked of it</source>
        <translation>Was davon verlangt wird</translation>
    </message>
    <message>
        <source>Value</source>
        <translation>Wert</translation>
    </message>
    <message>
        <source>Remove this row</source>
        <translation>Diese Zeile entfernen</translation>
    </message>
    <message>
        <source>is</source>
        <translation>ist</translation>
    </message>
    <message>
        <source>is not</source>
        <translation>ist nicht</translation>
    </message>
    <message>
        <source>is less than</source>
        <translation>ist kleiner als</translation>
    </message>
    <message>
        <source>is at most</source>
        <translation>ist höchstens</translation>
    </message>
    <message>
        <source>is more than</source>
        <translation>ist größer als</translation>
    </message>
    <message>
        <source>is at least</source>
        <translation>ist mindestens</translation>
    </message>
    <message>
        <source>contains</source>
        <translation>enthält</translation>
    </message>
    <message>
        <source>does not contain</source>
        <translation>enthält nicht</translation>
    </message>
    <message>
        <source>is one of</source>
        <translation>ist eines von</translation>
    </message>
    <message>
        <source>is none of</source>
        <translation>ist keines von</translation>
    </message>
    <message>
        <source>is like</source>
        <translation>ist wie</translation>
    </message>
    <message>
        <source>matches</source>
        <translation>passt auf</translation>
    </message>
    <message>
        <source>holds</source>
        <translation>trifft zu</translation>
    </message>
    <message>
        <source>does not hold</source>
        <translation>trifft nicht zu</translation>
    </message>
</context>
<context>
    <name>SaveDialog</name>
    <message>
        <source>Save a snapshot</source>
        <translation>Einen Snapshot speichern</translation>
    </message>
    <message>
        <source>The estate as it is now, in a file</source>
        <translation>Der Bestand, wie er jetzt ist, in einer Datei</translation>
    </message>
    <message>
        <source>It can be opened on another machine, without a hypervisor or a network. It holds no password.</source>
        <translation>Sie lässt sich auf einem anderen Rechner öffnen, ohne Hypervisor und ohne Netzwerk. Sie enthält kein Passwort.</translation>
    </message>
    <message>
        <source>What it is for</source>
        <translation>Wofür er ist</translation>
    </message>
    <message>
        <source>Replace names, addresses and users</source>
        <translation>Namen, Adressen und Benutzer ersetzen</translation>
    </message>
    <message>
        <source>The same by the same everywhere, so that it can be looked at without saying whose estate it is</source>
        <translation>Gleiches überall durch Gleiches, damit man ihn ansehen kann, ohne zu erfahren, wessen Bestand es ist</translation>
    </message>
    <message>
        <source>Sign it with the key of this console</source>
        <translation>Mit dem Schlüssel dieser Konsole signieren</translation>
    </message>
    <message>
        <source>Whoever opens it sees that it is unchanged, and by which key it was signed</source>
        <translation>Wer ihn öffnet, sieht, dass er unverändert ist und mit welchem Schlüssel er signiert wurde</translation>
    </message>
    <message>
        <source>Title</source>
        <translation>Titel</translation>
    </message>
    <message>
        <source>What</source>
        <translation>Was</translation>
    </message>
    <message>
        <source>With</source>
        <translation>Mit</translation>
    </message>
    <message>
        <source>For others</source>
        <translation>Für andere</translation>
    </message>
    <message>
        <source>Save {0}</source>
        <translation>{0} speichern</translation>
    </message>
    <message>
        <source>Save the snapshot as</source>
        <translation>Den Snapshot speichern unter</translation>
    </message>
    <message>
        <source>Snapshots (*{0})</source>
        <translation>Snapshots (*{0})</translation>
    </message>
</context>
<context>
    <name>ScheduleDialog</name>
    <message>
        <source>Scheduled reports</source>
        <translation>Geplante Berichte</translation>
    </message>
    <message>
        <source>The engine writes them while it runs, and makes up for the last one that it missed.</source>
        <translation>Die Engine schreibt sie, während sie läuft, und holt den letzten nach, den sie versäumt hat.</translation>
    </message>
    <message>
        <source>Name</source>
        <translation>Name</translation>
    </message>
    <message>
        <source>Kind</source>
        <translation>Art</translation>
    </message>
    <message>
        <source>When</source>
        <translation>Wann</translation>
    </message>
    <message>
        <source>Folder</source>
        <translation>Ordner</translation>
    </message>
    <message>
        <source>Last</source>
        <translation>Zuletzt</translation>
    </message>
    <message>
        <source>No report is written by itself yet. Add one: what it is, whom it is about, when, and where to.</source>
        <translation>Noch wird kein Bericht selbsttätig geschrieben. Fügen Sie einen hinzu: welcher es ist, um wen es geht, wann und wohin.</translation>
    </message>
    <message>
        <source>Add…</source>
        <translation>Hinzufügen…</translation>
    </message>
    <message>
        <source>Another report that is written by itself</source>
        <translation>Ein weiterer Bericht, der selbsttätig geschrieben wird</translation>
    </message>
    <message>
        <source>Edit…</source>
        <translation>Bearbeiten…</translation>
    </message>
    <message>
        <source>Change what it says and when</source>
        <translation>Ändern, was er enthält und wann er geschrieben wird</translation>
    </message>
    <message>
        <source>Write now</source>
        <translation>Jetzt schreiben</translation>
    </message>
    <message>
        <source>Beside those of the schedule</source>
        <translation>Zusätzlich zu den geplanten</translation>
    </message>
    <message>
        <source>Switch off</source>
        <translation>Abschalten</translation>
    </message>
    <message>
        <source>Whether it is written</source>
        <translation>Ob er geschrieben wird</translation>
    </message>
    <message>
        <source>Remove</source>
        <translation>Entfernen</translation>
    </message>
    <message>
        <source>It is written no longer; its files stay</source>
        <translation>Er wird nicht mehr geschrieben; seine Dateien bleiben</translation>
    </message>
    <message>
        <source>not yet</source>
        <translation>noch nicht</translation>
    </message>
    <message>
        <source>switched off</source>
        <translation>abgeschaltet</translation>
    </message>
    <message>
        <source>every day, {0}</source>
        <translation>jeden Tag, {0}</translation>
    </message>
    <message>
        <source>every {0}, {1}</source>
        <translation>jeden {0}, {1}</translation>
    </message>
    <message>
        <source>on day {0} of every month, {1}</source>
        <translation>am {0}. jedes Monats, {1}</translation>
    </message>
    <message>
        <source>Switch on</source>
        <translation>Einschalten</translation>
    </message>
    <message>
        <source>Weekly report</source>
        <translation>Wöchentlicher Bericht</translation>
    </message>
    <message>
        <source>Written: {0}</source>
        <translation>Geschrieben: {0}</translation>
    </message>
</context>
<context>
    <name>ScopeChoice</name>
    <message numerus="yes">
        <source>Everything: %Ln VM(s)</source>
        <translation>
            <numerusform>Alles: %Ln VM</numerusform>
            <numerusform>Alles: %Ln VMs</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>What the search finds: %Ln VM(s)</source>
        <translation>
            <numerusform>Was die Suche findet: %Ln VM</numerusform>
            <numerusform>Was die Suche findet: %Ln VMs</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>The selection: %Ln VM(s)</source>
        <translation>
            <numerusform>Die Auswahl: %Ln VM</numerusform>
            <numerusform>Die Auswahl: %Ln VMs</numerusform>
        </translation>
    </message>
    <message>
        <source>At most {0} can be named one by one; search for them</source>
        <translation>Höchstens {0} lassen sich einzeln nennen; suchen Sie nach ihnen</translation>
    </message>
</context>
<context>
    <name>SearchBox</name>
    <message>
        <source>Search: a name, an address, or  power == &quot;on&quot; and 30 in vlans</source>
        <translation>Suche: Name, Adresse,  power == &quot;on&quot; and 30 in vlans</translation>
    </message>
    <message>
        <source>Search</source>
        <translation>Suchen</translation>
    </message>
    <message>
        <source>What can be searched for</source>
        <translation>Wonach gesucht werden kann</translation>
    </message>
    <message>
        <source>What can be searched for (F1)</source>
        <translation>Wonach gesucht werden kann (F1)</translation>
    </message>
    <message>
        <source>Every attribute and function of the query language, with examples</source>
        <translation>Jedes Attribut und jede Funktion der Abfragesprache, mit Beispielen</translation>
    </message>
    <message>
        <source>Words or an expression; what does not match is hidden. F1 says what can be searched for.</source>
        <translation>Wörter oder ein Ausdruck; was nicht passt, wird ausgeblendet. F1 sagt, wonach gesucht werden kann.</translation>
    </message>
</context>
<context>
    <name>SecretDialog</name>
    <message>
        <source>Password needed</source>
        <translation>Passwort benötigt</translation>
    </message>
    <message>
        <source>Password</source>
        <translation>Passwort</translation>
    </message>
    <message>
        <source>Remember it in the system keyring</source>
        <translation>Im Schlüsselbund des Systems speichern</translation>
    </message>
    <message>
        <source>Connect</source>
        <translation>Verbinden</translation>
    </message>
    <message>
        <source>Give {0} its password</source>
        <translation>{0} das Passwort geben</translation>
    </message>
</context>
<context>
    <name>Sections</name>
    <message>
        <source>Connections</source>
        <translation>Verbindungen</translation>
    </message>
    <message>
        <source>address password permissions vCenter libvirt add edit</source>
        <translation>Adresse Passwort Kennwort Rechte Berechtigungen vCenter libvirt hinzufügen bearbeiten</translation>
    </message>
    <message>
        <source>Appearance</source>
        <translation>Darstellung</translation>
    </message>
    <message>
        <source>Refresh</source>
        <translation>Aktualisierung</translation>
    </message>
    <message>
        <source>Columns</source>
        <translation>Spalten</translation>
    </message>
    <message>
        <source>table of virtual machines order</source>
        <translation>Tabelle virtuelle Maschinen Reihenfolge</translation>
    </message>
    <message>
        <source>Notifications</source>
        <translation>Benachrichtigungen</translation>
    </message>
    <message>
        <source>Outputs and alerts</source>
        <translation>Ausgaben und Alarme</translation>
    </message>
    <message>
        <source>syslog webhook file JSON sensor Suricata EVE tell outside</source>
        <translation>Syslog Webhook Datei JSON Sensor Suricata EVE Angriffserkennung melden außen</translation>
    </message>
    <message>
        <source>Introspection</source>
        <translation>Introspektion</translation>
    </message>
    <message>
        <source>guests advisories vulnerabilities OSV KEV CVE CVRF Microsoft</source>
        <translation>Gäste Schwachstellen Schwachstellenmeldungen OSV KEV CVE CVRF Microsoft</translation>
    </message>
    <message>
        <source>History</source>
        <translation>Verlauf</translation>
    </message>
    <message>
        <source>past retention age days size GiB disk compact</source>
        <translation>Vergangenheit Aufbewahrung Alter Tage Größe GiB Datenträger verkleinern</translation>
    </message>
    <message>
        <source>Data folder</source>
        <translation>Datenordner</translation>
    </message>
    <message>
        <source>history log size file workspace layout</source>
        <translation>Verlauf Protokoll Log Größe Datei Arbeitsplatz Anordnung</translation>
    </message>
    <message>
        <source>Safe mode</source>
        <translation>Abgesicherter Modus</translation>
    </message>
    <message>
        <source>start without settings</source>
        <translation>ohne Einstellungen starten</translation>
    </message>
    <message>
        <source>Colours</source>
        <translation>Farben</translation>
    </message>
    <message>
        <source>Light or dark, or as the system has them.</source>
        <translation>Hell oder dunkel, oder wie das System sie hat.</translation>
    </message>
    <message>
        <source>As the system</source>
        <translation>Wie das System</translation>
    </message>
    <message>
        <source>Light</source>
        <translation>Hell</translation>
    </message>
    <message>
        <source>Dark</source>
        <translation>Dunkel</translation>
    </message>
    <message>
        <source>Language</source>
        <translation>Sprache</translation>
    </message>
    <message>
        <source>Of all texts, from the next start on. Numbers and dates stay as the system has them.</source>
        <translation>Aller Texte, vom nächsten Start an. Zahlen und Zeiten bleiben, wie das System sie schreibt.</translation>
    </message>
    <message>
        <source>Show what changed</source>
        <translation>Änderungen anzeigen</translation>
    </message>
    <message>
        <source>How often the window is brought up to date. Nothing is missed between: this is only about showing.</source>
        <translation>Wie oft das Fenster auf den neuesten Stand gebracht wird. Dazwischen geht nichts verloren: Es geht nur um die Anzeige.</translation>
    </message>
    <message>
        <source>10 times a second</source>
        <translation>10-mal pro Sekunde</translation>
    </message>
    <message>
        <source>4 times a second</source>
        <translation>4-mal pro Sekunde</translation>
    </message>
    <message>
        <source>Every second</source>
        <translation>Jede Sekunde</translation>
    </message>
    <message>
        <source>Every 5 seconds</source>
        <translation>Alle 5 Sekunden</translation>
    </message>
    <message>
        <source>This desktop has no tray.</source>
        <translation>Dieser Desktop hat keinen Infobereich.</translation>
    </message>
    <message>
        <source>Tell me what happens</source>
        <translation>Melden, was geschieht</translation>
    </message>
    <message>
        <source>New findings; connections and engines that fail or recover while another window is in front.</source>
        <translation>Neue Befunde; Verbindungen und Engines, die ausfallen oder sich erholen, während ein anderes Fenster vorn ist.</translation>
    </message>
    <message>
        <source>Findings</source>
        <translation>Befunde</translation>
    </message>
    <message>
        <source>New ones that are less severe are listed without a message.</source>
        <translation>Neue von geringerer Schwere werden ohne Meldung aufgeführt.</translation>
    </message>
    <message>
        <source>All</source>
        <translation>Alle</translation>
    </message>
    <message>
        <source>{0} and worse</source>
        <translation>ab {0}</translation>
    </message>
    <message>
        <source>Only critical</source>
        <translation>Nur kritisch</translation>
    </message>
    <message>
        <source>Quiet hours from</source>
        <translation>Ruhezeit von</translation>
    </message>
    <message>
        <source>What happens then is told at their end, if it still matters.</source>
        <translation>Was dann geschieht, wird am Ende gemeldet, falls es noch zählt.</translation>
    </message>
    <message>
        <source>Never quiet</source>
        <translation>Nie ruhig</translation>
    </message>
    <message>
        <source>Quiet hours until</source>
        <translation>Ruhezeit bis</translation>
    </message>
    <message>
        <source>With a sound</source>
        <translation>Mit Ton</translation>
    </message>
    <message>
        <source>The system&apos;s own.</source>
        <translation>Der des Systems.</translation>
    </message>
    <message>
        <source>Go on in the tray when the window is closed</source>
        <translation>Im Infobereich weiterlaufen, wenn das Fenster geschlossen wird</translation>
    </message>
    <message>
        <source>“Quit” in its menu ends the program.</source>
        <translation>„Beenden“ in dessen Menü beendet das Programm.</translation>
    </message>
</context>
<context>
    <name>SelectionPanel</name>
    <message>
        <source>Panes of the selection</source>
        <translation>Ansichten der Auswahl</translation>
    </message>
    <message>
        <source>Tear off</source>
        <translation>Ablösen</translation>
    </message>
    <message>
        <source>Show this pane in a window of its own, for another screen</source>
        <translation>Diese Ansicht in einem eigenen Fenster anzeigen, für einen anderen Bildschirm</translation>
    </message>
</context>
<context>
    <name>SensorPart</name>
    <message>
        <source>None</source>
        <translation>Keine</translation>
    </message>
    <message>
        <source>EVE JSON file that it writes</source>
        <translation>EVE-JSON-Datei, die sie schreibt</translation>
    </message>
    <message>
        <source>Unix socket that it connects to</source>
        <translation>Unix-Socket, an den sie sich anschließt</translation>
    </message>
    <message>
        <source>Where alerts come from</source>
        <translation>Woher die Alarme kommen</translation>
    </message>
    <message>
        <source>Path</source>
        <translation>Pfad</translation>
    </message>
    <message>
        <source>Browse…</source>
        <translation>Durchsuchen…</translation>
    </message>
    <message>
        <source>Apply</source>
        <translation>Anwenden</translation>
    </message>
    <message>
        <source>No alerts are heard. Checks of the kind “alerts” cannot be judged.</source>
        <translation>Es werden keine Alarme empfangen. Prüfungen der Art „alerts“ lassen sich nicht bewerten.</translation>
    </message>
    <message>
        <source>No alerts are heard: {0}</source>
        <translation>Es werden keine Alarme empfangen: {0}</translation>
    </message>
    <message>
        <source>Listening; nothing was heard yet.</source>
        <translation>Lauscht; noch wurde nichts empfangen.</translation>
    </message>
    <message>
        <source>Where there is no such file yet, it is read once there is.</source>
        <translation>Gibt es die Datei noch nicht, wird sie gelesen, sobald es sie gibt.</translation>
    </message>
    <message numerus="yes">
        <source>Listening. %Ln alert(s) of VMs since the engine started</source>
        <translation>
            <numerusform>Lauscht. %Ln Alarm zu VMs seit dem Start der Engine</numerusform>
            <numerusform>Lauscht. %Ln Alarme zu VMs seit dem Start der Engine</numerusform>
        </translation>
    </message>
    <message>
        <source>the last {0}</source>
        <translation>der letzte {0}</translation>
    </message>
    <message numerus="yes">
        <source>%Ln alert(s) of no VM that is known</source>
        <translation>
            <numerusform>%Ln Alarm zu keiner bekannten VM</numerusform>
            <numerusform>%Ln Alarme zu keiner bekannten VM</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln line(s) that could not be read</source>
        <translation>
            <numerusform>%Ln nicht lesbare Zeile</numerusform>
            <numerusform>%Ln nicht lesbare Zeilen</numerusform>
        </translation>
    </message>
    <message>
        <source>Choose a file</source>
        <translation>Datei wählen</translation>
    </message>
    <message>
        <source>Applying…</source>
        <translation>Anwenden…</translation>
    </message>
    <message>
        <source>Listen to the alerts in {0}</source>
        <translation>Alarme aus {0} empfangen</translation>
    </message>
    <message>
        <source>Hear no alerts</source>
        <translation>Keine Alarme empfangen</translation>
    </message>
</context>
<context>
    <name>SettingsDialog</name>
    <message>
        <source>Settings</source>
        <translation>Einstellungen</translation>
    </message>
    <message>
        <source>Undo</source>
        <translation>Rückgängig</translation>
    </message>
    <message>
        <source>Redo</source>
        <translation>Wiederholen</translation>
    </message>
    <message>
        <source>Search settings</source>
        <translation>Einstellungen durchsuchen</translation>
    </message>
    <message>
        <source>Sections</source>
        <translation>Abschnitte</translation>
    </message>
    <message>
        <source>No setting is called that.</source>
        <translation>Keine Einstellung heißt so.</translation>
    </message>
    <message>
        <source>Close</source>
        <translation>Schließen</translation>
    </message>
    <message>
        <source>Columns of the table of virtual machines</source>
        <translation>Spalten der Tabelle der virtuellen Maschinen</translation>
    </message>
    <message>
        <source>Which, and in which order. They can be moved in the table&apos;s heading, too.</source>
        <translation>Welche, und in welcher Reihenfolge. Sie lassen sich auch in der Kopfzeile der Tabelle verschieben.</translation>
    </message>
    <message>
        <source>Choose…</source>
        <translation>Auswählen…</translation>
    </message>
    <message>
        <source>Reset</source>
        <translation>Zurücksetzen</translation>
    </message>
    <message>
        <source>Columns</source>
        <translation>Spalten</translation>
    </message>
    <message>
        <source>Where findings and acts are told outside this window</source>
        <translation>Wohin Befunde und Maßnahmen gemeldet werden</translation>
    </message>
    <message>
        <source>Syslog, webhooks and files, how each fares; and the sensor whose alerts are heard.</source>
        <translation>Syslog, Webhooks und Dateien, und wie es um jede Ausgabe steht; und der Sensor, dessen Alarme empfangen werden.</translation>
    </message>
    <message>
        <source>Outputs and alerts…</source>
        <translation>Ausgaben und Alarme…</translation>
    </message>
    <message>
        <source>Places of docks and windows</source>
        <translation>Plätze von Docks und Fenstern</translation>
    </message>
    <message>
        <source>From the next start on they are where they were at first.</source>
        <translation>Vom nächsten Start an sind sie dort, wo sie anfangs waren.</translation>
    </message>
    <message>
        <source>Forget them</source>
        <translation>Vergessen</translation>
    </message>
    <message>
        <source>Should the window ever come up unusable, start it with “vmi-console --safe-mode”: all of these settings and the places of docks are left alone then, and neither used nor changed.</source>
        <translation>Sollte das Fenster einmal unbenutzbar erscheinen, starten Sie es mit „vmi-console --safe-mode“: Alle diese Einstellungen und die Plätze der Docks bleiben dann unberührt und werden weder verwendet noch geändert.</translation>
    </message>
</context>
<context>
    <name>SettingsPane</name>
    <message>
        <source>Settings</source>
        <translation>Einstellungen</translation>
    </message>
    <message>
        <source>Setting</source>
        <translation>Einstellung</translation>
    </message>
    <message>
        <source>Value</source>
        <translation>Wert</translation>
    </message>
    <message>
        <source>The settings of this VM are not known: the hypervisor does not tell them.</source>
        <translation>Die Einstellungen dieser VM sind nicht bekannt: Der Hypervisor gibt sie nicht preis.</translation>
    </message>
    <message>
        <source>No advanced setting is set.</source>
        <translation>Keine erweiterte Einstellung ist gesetzt.</translation>
    </message>
</context>
<context>
    <name>SeveralDialog</name>
    <message>
        <source>Looking at the VMs: {0} of {1}…</source>
        <translation>Die VMs werden angesehen: {0} von {1}…</translation>
    </message>
    <message numerus="yes">
        <source>%Ln refused</source>
        <translation>
            <numerusform>%Ln abgelehnt</numerusform>
            <numerusform>%Ln abgelehnt</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln not begun</source>
        <translation>
            <numerusform>%Ln nicht begonnen</numerusform>
            <numerusform>%Ln nicht begonnen</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln still to come</source>
        <translation>
            <numerusform>%Ln steht noch aus</numerusform>
            <numerusform>%Ln stehen noch aus</numerusform>
        </translation>
    </message>
    <message>
        <source>stopping after what is under way</source>
        <translation>Stopp nach dem, was gerade läuft</translation>
    </message>
    <message>
        <source>It is over: {0}.</source>
        <translation>Beendet: {0}.</translation>
    </message>
    <message>
        <source>looking…</source>
        <translation>wird angesehen…</translation>
    </message>
    <message>
        <source>waits for its turn</source>
        <translation>wartet noch</translation>
    </message>
    <message>
        <source>not begun</source>
        <translation>nicht begonnen</translation>
    </message>
    <message>
        <source>It was stopped before its turn</source>
        <translation>Gestoppt, bevor sie an der Reihe war</translation>
    </message>
    <message>
        <source>About the VM of the line</source>
        <translation>Über die VM der Zeile</translation>
    </message>
    <message>
        <source>How far it is</source>
        <translation>Fortschritt</translation>
    </message>
    <message>
        <source>Stop</source>
        <translation>Stopp</translation>
    </message>
    <message>
        <source>Begin no other one; what is under way goes on to its end</source>
        <translation>Keine weitere beginnen; was gerade läuft, wird zu Ende geführt</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>Abbrechen</translation>
    </message>
    <message>
        <source>Go on without this window</source>
        <translation>Ohne dieses Fenster weiter</translation>
    </message>
    <message>
        <source>Close</source>
        <translation>Schließen</translation>
    </message>
    <message>
        <source>{0} of {1} VMs were refused, {2} among them: {3}</source>
        <translation>{0} von {1} VMs wurden abgelehnt, darunter {2}: {3}</translation>
    </message>
</context>
<context>
    <name>Side</name>
    <message>
        <source>Another time…</source>
        <translation>Anderer Zeitpunkt…</translation>
    </message>
    <message>
        <source>A snapshot file…</source>
        <translation>Eine Snapshot-Datei…</translation>
    </message>
    <message>
        <source>{0}: date and time</source>
        <translation>{0}: Datum und Uhrzeit</translation>
    </message>
    <message>
        <source>A date, a date and time, or so long ago: 2026-03-01, 2026-03-01 14:05, -2h, -3d</source>
        <translation>Ein Datum, Datum und Uhrzeit oder wie lange her: 2026-03-01, 2026-03-01 14:05, -2h, -3d</translation>
    </message>
    <message>
        <source>An hour ago</source>
        <translation>Vor einer Stunde</translation>
    </message>
    <message>
        <source>A day ago</source>
        <translation>Vor einem Tag</translation>
    </message>
    <message>
        <source>Since Monday</source>
        <translation>Seit Montag</translation>
    </message>
    <message>
        <source>A week ago</source>
        <translation>Vor einer Woche</translation>
    </message>
    <message>
        <source>Thirty days ago</source>
        <translation>Vor dreißig Tagen</translation>
    </message>
    <message>
        <source>Snapshots (*{0})</source>
        <translation>Snapshots (*{0})</translation>
    </message>
    <message>
        <source>All files (*)</source>
        <translation>Alle Dateien (*)</translation>
    </message>
</context>
<context>
    <name>SnapshotActions</name>
    <message>
        <source>Open snapshot…</source>
        <translation>Snapshot öffnen…</translation>
    </message>
    <message>
        <source>Look at an estate that somebody saved: offline, and with nothing that acts</source>
        <translation>Einen Bestand ansehen, den jemand gespeichert hat: offline, und nichts darin wirkt</translation>
    </message>
    <message>
        <source>Save snapshot…</source>
        <translation>Snapshot speichern…</translation>
    </message>
    <message>
        <source>Keep the estate as it is now in a file, to look at it later or somewhere else</source>
        <translation>Den Bestand, wie er jetzt ist, in einer Datei behalten, um ihn später oder anderswo anzusehen</translation>
    </message>
    <message>
        <source>What changed between…</source>
        <translation>Was sich geändert hat zwischen…</translation>
    </message>
    <message>
        <source>Hold two moments against each other, recorded ones or snapshots, by what made them different</source>
        <translation>Zwei Zeitpunkte gegenüberstellen, aufgezeichnete oder Snapshots, nach dem, was sie verschieden gemacht hat</translation>
    </message>
    <message>
        <source>Compare with a gold image…</source>
        <translation>Mit einem Gold-Image vergleichen…</translation>
    </message>
    <message>
        <source>What this VM has otherwise than the one it was made from, or should be like</source>
        <translation>Was bei dieser VM anders ist als bei der, aus der sie entstand oder der sie gleichen soll</translation>
    </message>
    <message>
        <source>Open again</source>
        <translation>Erneut öffnen</translation>
    </message>
    <message>
        <source>The snapshot that was opened last</source>
        <translation>Der zuletzt geöffnete Snapshot</translation>
    </message>
    <message>
        <source>Open a snapshot</source>
        <translation>Einen Snapshot öffnen</translation>
    </message>
    <message>
        <source>Snapshots (*{0})</source>
        <translation>Snapshots (*{0})</translation>
    </message>
    <message>
        <source>All files (*)</source>
        <translation>Alle Dateien (*)</translation>
    </message>
</context>
<context>
    <name>StandingRow</name>
    <message>
        <source>past size growth span changes rows file</source>
        <translation>Verlauf Vergangenheit Größe Wachstum Spanne Änderungen Zeilen Datei</translation>
    </message>
    <message>
        <source>What is kept of the past</source>
        <translation>Was vom Verlauf aufbewahrt ist</translation>
    </message>
    <message>
        <source>Not known yet.</source>
        <translation>Noch nicht bekannt.</translation>
    </message>
    <message>
        <source>What can be read of a damaged history is being put back: {0} %.</source>
        <translation>Was sich von einem beschädigten Verlauf lesen lässt, wird zurückgeholt: {0} %.</translation>
    </message>
    <message>
        <source>Nothing has been recorded yet.</source>
        <translation>Noch ist nichts aufgezeichnet.</translation>
    </message>
    <message numerus="yes">
        <source>%Ln day(s)</source>
        <translation>
            <numerusform>%Ln Tag</numerusform>
            <numerusform>%Ln Tage</numerusform>
        </translation>
    </message>
    <message>
        <source>less than a day</source>
        <translation>weniger als ein Tag</translation>
    </message>
    <message>
        <source>It reaches back to {0}: {1}</source>
        <translation>Er reicht zurück bis zum {0}: {1}</translation>
    </message>
    <message numerus="yes">
        <source>%Ln change(s)</source>
        <translation>
            <numerusform>%Ln Änderung</numerusform>
            <numerusform>%Ln Änderungen</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln past state(s)</source>
        <translation>
            <numerusform>%Ln früherem Zustand</numerusform>
            <numerusform>%Ln früheren Zuständen</numerusform>
        </translation>
    </message>
    <message>
        <source>{0}, with {1} and {2}</source>
        <translation>{0}, mit {1} und {2}</translation>
    </message>
    <message>
        <source>It takes {0}</source>
        <translation>Er belegt {0}</translation>
    </message>
    <message>
        <source>{0}, of which {1} are free</source>
        <translation>{0}, wovon {1} frei sind</translation>
    </message>
    <message>
        <source>{0}, and grows by about {1} a day of late</source>
        <translation>{0} und wächst zuletzt um etwa {1} am Tag</translation>
    </message>
    <message>
        <source>It grows for as long as there is room on the disk.</source>
        <translation>Er wächst, solange auf dem Datenträger Platz ist.</translation>
    </message>
    <message>
        <source>If that goes on, it will reach the {0} that it may take.</source>
        <translation>Geht das so weiter, erreicht er die erlaubten {0}.</translation>
    </message>
    <message>
        <source>If that goes on, it will take about {0} in the end.</source>
        <translation>Geht das so weiter, belegt er am Ende etwa {0}.</translation>
    </message>
    <message>
        <source>pace now quiet waiting busy</source>
        <translation>Tempo jetzt ruhig Ruhezeit wartend ausgelastet</translation>
    </message>
    <message>
        <source>How guests are looked into now</source>
        <translation>Wie jetzt in Gäste geschaut wird</translation>
    </message>
    <message>
        <source>No connection&apos;s guests are looked into.</source>
        <translation>Bei keiner Verbindung wird in Gäste geschaut.</translation>
    </message>
</context>
<context>
    <name>State</name>
    <message>
        <source>critical</source>
        <translation>kritisch</translation>
    </message>
    <message>
        <source>high</source>
        <translation>hoch</translation>
    </message>
    <message>
        <source>medium</source>
        <translation>mittel</translation>
    </message>
    <message>
        <source>low</source>
        <translation>niedrig</translation>
    </message>
    <message>
        <source>open</source>
        <translation>offen</translation>
    </message>
    <message>
        <source>acknowledged</source>
        <translation>bestätigt</translation>
    </message>
    <message>
        <source>waived</source>
        <translation>ausgenommen</translation>
    </message>
    <message>
        <source>resolved</source>
        <translation>behoben</translation>
    </message>
    <message>
        <source>fails</source>
        <translation>verletzt</translation>
    </message>
    <message>
        <source>not known</source>
        <translation>nicht bekannt</translation>
    </message>
    <message>
        <source>holds</source>
        <translation>erfüllt</translation>
    </message>
    <message>
        <source>in quarantine</source>
        <translation>unter Quarantäne</translation>
    </message>
    <message>
        <source>proposed</source>
        <translation>Vorschlag</translation>
    </message>
    <message>
        <source>about to begin</source>
        <translation>steht bevor</translation>
    </message>
    <message>
        <source>isolating</source>
        <translation>wird isoliert</translation>
    </message>
    <message>
        <source>isolated</source>
        <translation>isoliert</translation>
    </message>
    <message>
        <source>partly isolated</source>
        <translation>teilweise isoliert</translation>
    </message>
    <message>
        <source>observed</source>
        <translation>beobachtet</translation>
    </message>
    <message>
        <source>undone by somebody</source>
        <translation>von jemandem aufgehoben</translation>
    </message>
    <message>
        <source>releasing</source>
        <translation>wird freigegeben</translation>
    </message>
    <message>
        <source>uncertain</source>
        <translation>ungewiss</translation>
    </message>
    <message>
        <source>VM gone</source>
        <translation>VM fort</translation>
    </message>
    <message>
        <source>found, of another console</source>
        <translation>gefunden, von anderer Konsole</translation>
    </message>
    <message>
        <source>released</source>
        <translation>freigegeben</translation>
    </message>
    <message>
        <source>left as it is</source>
        <translation>belassen, wie es ist</translation>
    </message>
    <message>
        <source>refused</source>
        <translation>abgelehnt</translation>
    </message>
    <message>
        <source>stopped</source>
        <translation>angehalten</translation>
    </message>
    <message>
        <source>held</source>
        <translation>dicht</translation>
    </message>
    <message>
        <source>not held</source>
        <translation>offen</translation>
    </message>
    <message>
        <source>running</source>
        <translation>eingeschaltet</translation>
    </message>
    <message>
        <source>off</source>
        <translation>ausgeschaltet</translation>
    </message>
    <message>
        <source>paused</source>
        <translation>pausiert</translation>
    </message>
    <message>
        <source>suspended</source>
        <translation>angehalten</translation>
    </message>
    <message>
        <source>crashed</source>
        <translation>abgestürzt</translation>
    </message>
    <message>
        <source>state unknown</source>
        <translation>Zustand unbekannt</translation>
    </message>
    <message>
        <source>disconnected</source>
        <translation>nicht verbunden</translation>
    </message>
    <message>
        <source>inaccessible</source>
        <translation>nicht zugänglich</translation>
    </message>
    <message>
        <source>invalid</source>
        <translation>ungültig</translation>
    </message>
    <message>
        <source>orphaned</source>
        <translation>verwaist</translation>
    </message>
    <message>
        <source>template</source>
        <translation>Vorlage</translation>
    </message>
    <message>
        <source>connected</source>
        <translation>verbunden</translation>
    </message>
    <message>
        <source>not responding</source>
        <translation>antwortet nicht</translation>
    </message>
    <message>
        <source>maintenance</source>
        <translation>Wartung</translation>
    </message>
    <message>
        <source>connecting</source>
        <translation>verbindet</translation>
    </message>
    <message>
        <source>live</source>
        <translation>live</translation>
    </message>
    <message>
        <source>degraded</source>
        <translation>eingeschränkt</translation>
    </message>
    <message>
        <source>stale</source>
        <translation>veraltet</translation>
    </message>
    <message>
        <source>needs a password</source>
        <translation>braucht ein Passwort</translation>
    </message>
    <message>
        <source>needs trust</source>
        <translation>braucht Vertrauen</translation>
    </message>
    <message>
        <source>unsupported</source>
        <translation>nicht unterstützt</translation>
    </message>
    <message>
        <source>recorded</source>
        <translation>aufgezeichnet</translation>
    </message>
    <message>
        <source>inactive</source>
        <translation>inaktiv</translation>
    </message>
    <message>
        <source>active</source>
        <translation>aktiv</translation>
    </message>
</context>
<context>
    <name>Strip</name>
    <message>
        <source>Time</source>
        <translation>Zeit</translation>
    </message>
    <message numerus="yes">
        <source>%Ln change(s)</source>
        <translation>
            <numerusform>%Ln Änderung</numerusform>
            <numerusform>%Ln Änderungen</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln finding(s) opened</source>
        <translation>
            <numerusform>%Ln Befund neu offen</numerusform>
            <numerusform>%Ln Befunde neu offen</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln finding(s) resolved</source>
        <translation>
            <numerusform>%Ln Befund behoben</numerusform>
            <numerusform>%Ln Befunde behoben</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>TasksModel</name>
    <message>
        <source>Task</source>
        <translation>Aufgabe</translation>
    </message>
    <message>
        <source>State</source>
        <translation>Zustand</translation>
    </message>
    <message>
        <source>Started</source>
        <translation>Begonnen</translation>
    </message>
    <message>
        <source>Took</source>
        <translation>Dauer</translation>
    </message>
    <message>
        <source>Details</source>
        <translation>Einzelheiten</translation>
    </message>
    <message>
        <source>under way</source>
        <translation>läuft</translation>
    </message>
    <message>
        <source>done</source>
        <translation>fertig</translation>
    </message>
    <message>
        <source>failed</source>
        <translation>fehlgeschlagen</translation>
    </message>
    <message>
        <source>given up</source>
        <translation>abgebrochen</translation>
    </message>
    <message>
        <source>{0} s</source>
        <translation>{0} s</translation>
    </message>
    <message>
        <source>{0} min {1} s</source>
        <translation>{0} min {1} s</translation>
    </message>
</context>
<context>
    <name>TasksPane</name>
    <message>
        <source>Tasks</source>
        <translation>Aufgaben</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>Abbrechen</translation>
    </message>
    <message>
        <source>Give the selected task up</source>
        <translation>Die ausgewählte Aufgabe abbrechen</translation>
    </message>
    <message>
        <source>Try again</source>
        <translation>Erneut versuchen</translation>
    </message>
    <message>
        <source>Do once more what failed or was given up</source>
        <translation>Noch einmal ausführen, was fehlgeschlagen ist oder abgebrochen wurde</translation>
    </message>
    <message>
        <source>Clear finished tasks</source>
        <translation>Beendete Aufgaben entfernen</translation>
    </message>
    <message>
        <source>Forget the tasks that have ended</source>
        <translation>Die Aufgaben vergessen, die beendet sind</translation>
    </message>
    <message>
        <source>Nothing is under way. Discoveries and commands of this console appear here.</source>
        <translation>Nichts läuft. Einlesevorgänge und Befehle dieser Konsole erscheinen hier.</translation>
    </message>
</context>
<context>
    <name>Telling</name>
    <message numerus="yes">
        <source>%Ln host(s)</source>
        <translation>
            <numerusform>%Ln Host</numerusform>
            <numerusform>%Ln Hosts</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln network(s)</source>
        <translation>
            <numerusform>%Ln Netzwerk</numerusform>
            <numerusform>%Ln Netzwerke</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln VM(s)</source>
        <translation>
            <numerusform>%Ln VM</numerusform>
            <numerusform>%Ln VMs</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln out of place</source>
        <translation>
            <numerusform>%Ln fehl am Platz</numerusform>
            <numerusform>%Ln fehl am Platz</numerusform>
        </translation>
    </message>
    <message>
        <source>nothing</source>
        <translation>nichts</translation>
    </message>
    <message>
        <source>{0}; focused: {1}</source>
        <translation>{0}; Fokus: {1}</translation>
    </message>
    <message>
        <source>without a network card</source>
        <translation>ohne Netzwerkkarte</translation>
    </message>
    <message>
        <source>on {0}</source>
        <translation>auf {0}</translation>
    </message>
    <message>
        <source>… and {0} more</source>
        <translation>… und {0} weitere</translation>
    </message>
    <message>
        <source>no known network</source>
        <translation>kein bekanntes Netzwerk</translation>
    </message>
    <message>
        <source>Out of place: {0} of {1} called “{2}…” are on {3}</source>
        <translation>Fehl am Platz: {0} von {1} namens „{2}…“ sind in {3}</translation>
    </message>
    <message>
        <source>nobody known</source>
        <translation>niemand Bekanntes</translation>
    </message>
    <message>
        <source>{0} {1}, by {2}</source>
        <translation>{0} {1}, von {2}</translation>
    </message>
    <message>
        <source>Coming and going</source>
        <translation>Kommen und Gehen</translation>
    </message>
    <message>
        <source>Power</source>
        <translation>Betriebszustand</translation>
    </message>
    <message>
        <source>Moves</source>
        <translation>Umzüge</translation>
    </message>
    <message>
        <source>Configuration</source>
        <translation>Konfiguration</translation>
    </message>
    <message>
        <source>Inside the guest</source>
        <translation>Im Gast</translation>
    </message>
    <message>
        <source>Findings</source>
        <translation>Befunde</translation>
    </message>
    <message>
        <source>Decisions</source>
        <translation>Entscheidungen</translation>
    </message>
    <message>
        <source>Quarantine</source>
        <translation>Quarantäne</translation>
    </message>
    <message>
        <source>resolved: {0}</source>
        <translation>behoben: {0}</translation>
    </message>
    <message>
        <source>finding: {0}</source>
        <translation>Befund: {0}</translation>
    </message>
    <message>
        <source>in quarantine: {0}</source>
        <translation>unter Quarantäne: {0}</translation>
    </message>
    <message>
        <source>quarantine: {0}</source>
        <translation>Quarantäne: {0}</translation>
    </message>
    <message>
        <source>until {0}</source>
        <translation>bis {0}</translation>
    </message>
    <message>
        <source>policy</source>
        <translation>Richtlinie</translation>
    </message>
    <message>
        <source>this console</source>
        <translation>diese Konsole</translation>
    </message>
    <message>
        <source>by the hypervisor&apos;s clock: {0}</source>
        <translation>nach der Uhr des Hypervisors: {0}</translation>
    </message>
    <message>
        <source>not before {0}: nobody watched until then</source>
        <translation>nicht vor {0}: Bis dahin sah niemand zu</translation>
    </message>
    <message>
        <source>by {0}</source>
        <translation>von {0}</translation>
    </message>
    <message>
        <source>in the guest: {0}</source>
        <translation>im Gast: {0}</translation>
    </message>
    <message>
        <source>no longer acknowledged: {0}</source>
        <translation>nicht mehr bestätigt: {0}</translation>
    </message>
    <message>
        <source>waiver taken back: {0}</source>
        <translation>Ausnahme beendet: {0}</translation>
    </message>
    <message>
        <source>no longer known to be good: {0}</source>
        <translation>gilt nicht mehr als gut: {0}</translation>
    </message>
    <message>
        <source>acknowledged: {0}</source>
        <translation>bestätigt: {0}</translation>
    </message>
    <message>
        <source>waived: {0}</source>
        <translation>ausgenommen: {0}</translation>
    </message>
    <message>
        <source>accepted as baseline: {0}</source>
        <translation>als Baseline übernommen: {0}</translation>
    </message>
    <message>
        <source>it holds again</source>
        <translation>wird wieder erfüllt</translation>
    </message>
    <message>
        <source>the VM is gone</source>
        <translation>die VM ist fort</translation>
    </message>
    <message>
        <source>the VM is no longer a member</source>
        <translation>die VM ist kein Mitglied mehr</translation>
    </message>
    <message>
        <source>the policy or its rule was withdrawn</source>
        <translation>die Richtlinie oder ihre Regel wurde zurückgezogen</translation>
    </message>
</context>
<context>
    <name>TextView</name>
    <message>
        <source>Text of the document</source>
        <translation>Text des Dokuments</translation>
    </message>
</context>
<context>
    <name>Tiles</name>
    <message>
        <source>(no name)</source>
        <translation>(ohne Namen)</translation>
    </message>
    <message numerus="yes">
        <source>%Ln VM(s)</source>
        <translation>
            <numerusform>%Ln VM</numerusform>
            <numerusform>%Ln VMs</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln more switch(es)</source>
        <translation>
            <numerusform>%Ln weiterer Switch</numerusform>
            <numerusform>%Ln weitere Switches</numerusform>
        </translation>
    </message>
    <message>
        <source>no uplink</source>
        <translation>kein Uplink</translation>
    </message>
</context>
<context>
    <name>TimeBar</name>
    <message>
        <source>Time</source>
        <translation>Zeit</translation>
    </message>
    <message>
        <source>Travel in time</source>
        <translation>Zeitreise</translation>
    </message>
    <message>
        <source>Show the estate as it was at any moment that was recorded</source>
        <translation>Den Bestand zeigen, wie er zu einem beliebigen aufgezeichneten Zeitpunkt war</translation>
    </message>
    <message>
        <source>Date and time to show</source>
        <translation>Datum und Uhrzeit, die gezeigt werden sollen</translation>
    </message>
    <message>
        <source>2026-03-01 14:05, 14:05 of the day that is shown, or -2h for two hours ago; then Enter</source>
        <translation>2026-03-01 14:05, 14:05 am angezeigten Tag oder -2h für vor zwei Stunden; dann die Eingabetaste</translation>
    </message>
    <message>
        <source>Span of time</source>
        <translation>Zeitspanne</translation>
    </message>
    <message>
        <source>Hour</source>
        <translation>Stunde</translation>
    </message>
    <message>
        <source>Day</source>
        <translation>Tag</translation>
    </message>
    <message>
        <source>Week</source>
        <translation>Woche</translation>
    </message>
    <message>
        <source>30 days</source>
        <translation>30 Tage</translation>
    </message>
    <message>
        <source>All</source>
        <translation>Alles</translation>
    </message>
    <message>
        <source>Close this bar; the moment that is shown stays</source>
        <translation>Diese Leiste schließen; der angezeigte Zeitpunkt bleibt</translation>
    </message>
    <message>
        <source>Close the bar of time</source>
        <translation>Die Zeitleiste schließen</translation>
    </message>
    <message>
        <source>A snapshot is of one moment: there is no time to travel in</source>
        <translation>Ein Snapshot zeigt einen einzigen Zeitpunkt: Darin lässt sich nicht durch die Zeit reisen</translation>
    </message>
    <message>
        <source>What was recorded</source>
        <translation>Was aufgezeichnet wurde</translation>
    </message>
    <message>
        <source>Nothing has been recorded yet. Recording begins when a saved connection is discovered; what is connected for this session only leaves no past.</source>
        <translation>Noch ist nichts aufgezeichnet. Die Aufzeichnung beginnt, wenn eine gespeicherte Verbindung erfasst wird; was nur für diese Sitzung verbunden ist, hinterlässt keine Vergangenheit.</translation>
    </message>
    <message>
        <source>Not a time: type 2026-03-01 14:05, 14:05, or -2h</source>
        <translation>Keine Zeitangabe: Schreiben Sie 2026-03-01 14:05, 14:05 oder -2h</translation>
    </message>
    <message>
        <source>Nothing was recorded before {0}</source>
        <translation>Vor {0} wurde nichts aufgezeichnet</translation>
    </message>
    <message>
        <source>Now</source>
        <translation>Jetzt</translation>
    </message>
    <message>
        <source>Going to {0}…</source>
        <translation>Es geht zu {0}…</translation>
    </message>
    <message>
        <source>Nothing changed after this</source>
        <translation>Danach hat sich nichts geändert</translation>
    </message>
    <message>
        <source>Nothing changed before this</source>
        <translation>Davor hat sich nichts geändert</translation>
    </message>
</context>
<context>
    <name>TimelinePane</name>
    <message>
        <source>Timeline</source>
        <translation>Zeitachse</translation>
    </message>
    <message>
        <source>1 h</source>
        <translation>1 h</translation>
    </message>
    <message>
        <source>The last hour</source>
        <translation>Die letzte Stunde</translation>
    </message>
    <message>
        <source>24 h</source>
        <translation>24 h</translation>
    </message>
    <message>
        <source>The last day</source>
        <translation>Der letzte Tag</translation>
    </message>
    <message>
        <source>7 d</source>
        <translation>7 T</translation>
    </message>
    <message>
        <source>The last week</source>
        <translation>Die letzte Woche</translation>
    </message>
    <message>
        <source>30 d</source>
        <translation>30 T</translation>
    </message>
    <message>
        <source>The last thirty days</source>
        <translation>Die letzten dreißig Tage</translation>
    </message>
    <message>
        <source>All</source>
        <translation>Alles</translation>
    </message>
    <message>
        <source>All that is remembered of it</source>
        <translation>Alles, was davon aufgezeichnet ist</translation>
    </message>
    <message>
        <source>Zoom in</source>
        <translation>Vergrößern</translation>
    </message>
    <message>
        <source>Show a shorter time</source>
        <translation>Eine kürzere Zeit zeigen</translation>
    </message>
    <message>
        <source>Zoom out</source>
        <translation>Verkleinern</translation>
    </message>
    <message>
        <source>Show a longer time</source>
        <translation>Eine längere Zeit zeigen</translation>
    </message>
    <message>
        <source>Until now</source>
        <translation>Bis jetzt</translation>
    </message>
    <message>
        <source>Follow what happens</source>
        <translation>Verfolgen, was geschieht</translation>
    </message>
    <message>
        <source>Show the estate as of then</source>
        <translation>Bestand von damals zeigen</translation>
    </message>
    <message>
        <source>Show everything as it was when the selected thing happened</source>
        <translation>Alles zeigen, wie es war, als das Ausgewählte geschah</translation>
    </message>
    <message>
        <source>Looking up what happened…</source>
        <translation>Wird nachgeschlagen, was geschah…</translation>
    </message>
    <message>
        <source>All of it is hidden: show some of it again.</source>
        <translation>Alles davon ist ausgeblendet: Blenden Sie etwas davon wieder ein.</translation>
    </message>
    <message>
        <source>Nothing is recorded of {0}.</source>
        <translation>Von {0} ist nichts aufgezeichnet.</translation>
    </message>
    <message>
        <source>Nothing has happened to {0} since {1}.</source>
        <translation>Mit {0} ist seit {1} nichts geschehen.</translation>
    </message>
    <message>
        <source>loaded back to {0}</source>
        <translation>geladen zurück bis {0}</translation>
    </message>
    <message>
        <source>recorded since {0}</source>
        <translation>aufgezeichnet seit {0}</translation>
    </message>
</context>
<context>
    <name>TopologyCanvas</name>
    <message>
        <source>Topology</source>
        <translation>Topologie</translation>
    </message>
</context>
<context>
    <name>TopologyView</name>
    <message>
        <source>Show everything</source>
        <translation>Alles anzeigen</translation>
    </message>
    <message>
        <source>Fit the whole picture (0)</source>
        <translation>Das ganze Bild einpassen (0)</translation>
    </message>
    <message>
        <source>Zoom in</source>
        <translation>Vergrößern</translation>
    </message>
    <message>
        <source>Closer: names, then addresses (+)</source>
        <translation>Näher: Namen, dann Adressen (+)</translation>
    </message>
    <message>
        <source>Zoom out</source>
        <translation>Verkleinern</translation>
    </message>
    <message>
        <source>Further away (−)</source>
        <translation>Weiter weg (−)</translation>
    </message>
    <message>
        <source>Zoom to the selection</source>
        <translation>Auf die Auswahl zoomen</translation>
    </message>
    <message>
        <source>Show what is selected as large as it fits</source>
        <translation>Das Ausgewählte so groß anzeigen, wie es passt</translation>
    </message>
    <message>
        <source>Only what is wired to the selection</source>
        <translation>Nur was mit der Auswahl verbunden ist</translation>
    </message>
    <message>
        <source>Leave everything out that has no wire to the selection, or to what the search matches</source>
        <translation>Alles weglassen, was keine Verbindung zur Auswahl oder zu den Treffern der Suche hat</translation>
    </message>
    <message>
        <source>Next out of place</source>
        <translation>Nächste fehl am Platz</translation>
    </message>
    <message>
        <source>Go to a VM on a VLAN where nearly none of its family are</source>
        <translation>Zu einer VM in einem VLAN gehen, in dem fast keine ihrer Familie ist</translation>
    </message>
    <message>
        <source>Put in order</source>
        <translation>Ordnen</translation>
    </message>
    <message>
        <source>Newcomers stand at the end of their network: sort all by name again</source>
        <translation>Neue stehen am Ende ihres Netzwerks: alle wieder nach Namen sortieren</translation>
    </message>
    <message>
        <source>Save the picture…</source>
        <translation>Bild speichern…</translation>
    </message>
    <message>
        <source>What is seen now, as SVG or PNG</source>
        <translation>Was jetzt zu sehen ist, als SVG oder PNG</translation>
    </message>
    <message>
        <source>Legend</source>
        <translation>Legende</translation>
    </message>
    <message>
        <source>What shapes, colours and lines mean</source>
        <translation>Was Formen, Farben und Linien bedeuten</translation>
    </message>
    <message>
        <source>Topology tools</source>
        <translation>Werkzeuge der Topologie</translation>
    </message>
    <message>
        <source>Level of detail</source>
        <translation>Detailgrad</translation>
    </message>
    <message>
        <source>From everything, in counts, to names and addresses</source>
        <translation>Von allem, in Zahlen, bis zu Namen und Adressen</translation>
    </message>
    <message>
        <source>Which connections are in the picture</source>
        <translation>Welche Verbindungen im Bild sind</translation>
    </message>
    <message>
        <source>Connections in the picture</source>
        <translation>Verbindungen im Bild</translation>
    </message>
    <message>
        <source>Laying the picture out…</source>
        <translation>Das Bild wird angeordnet…</translation>
    </message>
    <message>
        <source>Nothing is connected yet</source>
        <translation>Noch ist nichts verbunden</translation>
    </message>
    <message>
        <source>Add a connection, or open the demo estate: how its networks are wired appears here.</source>
        <translation>Fügen Sie eine Verbindung hinzu oder öffnen Sie den Demo-Bestand: Hier erscheint, wie seine Netzwerke verbunden sind.</translation>
    </message>
    <message>
        <source>Nothing is known yet</source>
        <translation>Noch ist nichts bekannt</translation>
    </message>
    <message>
        <source>As soon as a connection answers, its hosts, networks and VMs appear here.</source>
        <translation>Sobald eine Verbindung antwortet, erscheinen hier ihre Hosts, Netzwerke und VMs.</translation>
    </message>
    <message>
        <source>Everything is left out</source>
        <translation>Alles ist weggelassen</translation>
    </message>
    <message>
        <source>No shown connection has anything for this: show more connections, or more than the wired.</source>
        <translation>Keine angezeigte Verbindung hat dafür etwas: Zeigen Sie mehr Verbindungen an, oder mehr als das Verbundene.</translation>
    </message>
    <message>
        <source>All connections</source>
        <translation>Alle Verbindungen</translation>
    </message>
    <message numerus="yes">
        <source>%Ln connection(s)</source>
        <translation>
            <numerusform>%Ln Verbindung</numerusform>
            <numerusform>%Ln Verbindungen</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln out of place</source>
        <translation>
            <numerusform>%Ln fehl am Platz</numerusform>
            <numerusform>%Ln fehl am Platz</numerusform>
        </translation>
    </message>
    <message>
        <source>Nothing out of place</source>
        <translation>Nichts fehl am Platz</translation>
    </message>
    <message>
        <source>Save the picture</source>
        <translation>Bild speichern</translation>
    </message>
    <message>
        <source>Drawings (*.svg)</source>
        <translation>Zeichnungen (*.svg)</translation>
    </message>
    <message>
        <source>Pictures (*.png)</source>
        <translation>Bilder (*.png)</translation>
    </message>
    <message>
        <source>Topology</source>
        <translation>Topologie</translation>
    </message>
    <message>
        <source>The picture could not be saved: {0}</source>
        <translation>Das Bild konnte nicht gespeichert werden: {0}</translation>
    </message>
    <message>
        <source>The picture was saved as {0}</source>
        <translation>Das Bild wurde als {0} gespeichert</translation>
    </message>
</context>
<context>
    <name>Travel</name>
    <message>
        <source>Back to now</source>
        <translation>Zurück zum Jetzt</translation>
    </message>
    <message>
        <source>Show the estate as it is now</source>
        <translation>Den Bestand zeigen, wie er jetzt ist</translation>
    </message>
    <message>
        <source>Change before</source>
        <translation>Vorige Änderung</translation>
    </message>
    <message>
        <source>Show the estate as it was after the change before</source>
        <translation>Den Bestand zeigen, wie er nach der vorigen Änderung war</translation>
    </message>
    <message>
        <source>Next change</source>
        <translation>Nächste Änderung</translation>
    </message>
    <message>
        <source>Show the estate as it was after the next change</source>
        <translation>Den Bestand zeigen, wie er nach der nächsten Änderung war</translation>
    </message>
    <message>
        <source>Read {0}</source>
        <translation>{0} lesen</translation>
    </message>
    <message>
        <source>Find a change</source>
        <translation>Eine Änderung suchen</translation>
    </message>
    <message>
        <source>Show the estate as it was on {0}</source>
        <translation>Den Bestand zeigen, wie er am {0} war</translation>
    </message>
    <message>
        <source>Read the history</source>
        <translation>Den Verlauf lesen</translation>
    </message>
    <message>
        <source>VMI Console</source>
        <translation>VMI Console</translation>
    </message>
    <message>
        <source>As it was on {0} – VMI Console</source>
        <translation>Wie es am {0} war – VMI Console</translation>
    </message>
    <message>
        <source>{0} – snapshot of {1} – VMI Console</source>
        <translation>{0} – Snapshot von {1} – VMI Console</translation>
    </message>
    <message>
        <source>Close the snapshot</source>
        <translation>Den Snapshot schließen</translation>
    </message>
    <message>
        <source>a snapshot is of one moment</source>
        <translation>ein Snapshot zeigt einen einzigen Zeitpunkt</translation>
    </message>
</context>
<context>
    <name>Tray</name>
    <message>
        <source>Show the window</source>
        <translation>Fenster anzeigen</translation>
    </message>
    <message>
        <source>Mute notifications for an hour</source>
        <translation>Benachrichtigungen für eine Stunde stumm schalten</translation>
    </message>
    <message>
        <source>Quit</source>
        <translation>Beenden</translation>
    </message>
    <message>
        <source>It goes on watching. A click on this icon shows the window again, “Quit” ends it.</source>
        <translation>Es beobachtet weiter. Ein Klick auf dieses Symbol zeigt das Fenster wieder an, „Beenden“ beendet es.</translation>
    </message>
    <message>
        <source>VMI Console is still here</source>
        <translation>VMI Console ist noch da</translation>
    </message>
    <message>
        <source>Show</source>
        <translation>Anzeigen</translation>
    </message>
    <message>
        <source>Acknowledge</source>
        <translation>Bestätigen</translation>
    </message>
    <message>
        <source>Mute for an hour</source>
        <translation>Eine Stunde stumm</translation>
    </message>
    <message>
        <source>VMI Console</source>
        <translation>VMI Console</translation>
    </message>
    <message>
        <source>the engine does not answer</source>
        <translation>die Engine antwortet nicht</translation>
    </message>
    <message>
        <source>not connected</source>
        <translation>nicht verbunden</translation>
    </message>
    <message>
        <source>{0} of {1} {2}</source>
        <translation>{0} von {1} {2}</translation>
    </message>
    <message>
        <source>Hide the window</source>
        <translation>Fenster ausblenden</translation>
    </message>
    <message>
        <source>No problems</source>
        <translation>Keine Probleme</translation>
    </message>
    <message>
        <source>Notifications are muted until {0}</source>
        <translation>Benachrichtigungen sind bis {0} stumm</translation>
    </message>
</context>
<context>
    <name>TrustDialog</name>
    <message>
        <source>Certificate has changed</source>
        <translation>Zertifikat hat sich geändert</translation>
    </message>
    <message>
        <source>Unknown certificate</source>
        <translation>Unbekanntes Zertifikat</translation>
    </message>
    <message>
        <source>It shows another certificate than the one trusted before. That happens when it is renewed, and also when somebody sits in between. Ask whoever runs it before you trust the new one.</source>
        <translation>Es zeigt ein anderes Zertifikat als das, dem bisher vertraut wurde. Das kommt vor, wenn es erneuert wird, und auch, wenn jemand dazwischensitzt. Fragen Sie den Betreiber, bevor Sie dem neuen vertrauen.</translation>
    </message>
    <message>
        <source>No authority that this machine knows vouches for it. Compare the fingerprint with one that you got from whoever runs it, over another way.</source>
        <translation>Keine Zertifizierungsstelle, die dieser Rechner kennt, bürgt dafür. Vergleichen Sie den Fingerabdruck mit einem, den Sie vom Betreiber haben, auf einem anderen Weg.</translation>
    </message>
    <message>
        <source>Trust the new certificate</source>
        <translation>Dem neuen Zertifikat vertrauen</translation>
    </message>
    <message>
        <source>Trust it</source>
        <translation>Vertrauen</translation>
    </message>
    <message>
        <source>Trusted before</source>
        <translation>Bisher vertraut</translation>
    </message>
    <message>
        <source>Shown now</source>
        <translation>Jetzt vorgelegt</translation>
    </message>
    <message>
        <source>SHA-256</source>
        <translation>SHA-256</translation>
    </message>
    <message>
        <source>Subject</source>
        <translation>Inhaber</translation>
    </message>
    <message>
        <source>Valid</source>
        <translation>Gültig</translation>
    </message>
    <message>
        <source>Trust the certificate of {0}</source>
        <translation>Dem Zertifikat von {0} vertrauen</translation>
    </message>
</context>
<context>
    <name>UnlikeList</name>
    <message>
        <source>Differences to the gold image</source>
        <translation>Unterschiede zum Gold-Image</translation>
    </message>
    <message>
        <source>Property</source>
        <translation>Eigenschaft</translation>
    </message>
    <message>
        <source>Gold image</source>
        <translation>Gold-Image</translation>
    </message>
    <message>
        <source>This VM</source>
        <translation>Diese VM</translation>
    </message>
</context>
<context>
    <name>VmBox</name>
    <message>
        <source>Name of a VM</source>
        <translation>Name einer VM</translation>
    </message>
</context>
<context>
    <name>VmGuest</name>
    <message>
        <source>Sources that contradict each other</source>
        <translation>Quellen, die einander widersprechen</translation>
    </message>
    <message>
        <source>told by the hypervisor</source>
        <translation>laut Hypervisor</translation>
    </message>
    <message>
        <source>System</source>
        <translation>System</translation>
    </message>
    <message>
        <source>Kernel</source>
        <translation>Kernel</translation>
    </message>
    <message>
        <source>Host name</source>
        <translation>Hostname</translation>
    </message>
    <message>
        <source>Tools</source>
        <translation>Tools</translation>
    </message>
    <message>
        <source>Addresses</source>
        <translation>Adressen</translation>
    </message>
    <message>
        <source>Told from outside</source>
        <translation>Von außen bekannt</translation>
    </message>
    <message>
        <source>Next look</source>
        <translation>Nächstes Mal</translation>
    </message>
    <message>
        <source>waits: {0}</source>
        <translation>wartet: {0}</translation>
    </message>
    <message>
        <source>Found inside</source>
        <translation>Im Inneren gefunden</translation>
    </message>
    <message>
        <source>not looked yet</source>
        <translation>noch nicht nachgesehen</translation>
    </message>
    <message>
        <source>Started</source>
        <translation>Gestartet</translation>
    </message>
    <message>
        <source>Last change</source>
        <translation>Softwarestand</translation>
    </message>
    <message>
        <source>Source</source>
        <translation>Quelle</translation>
    </message>
    <message>
        <source>Looked</source>
        <translation>Nachgesehen</translation>
    </message>
    <message>
        <source>Facts</source>
        <translation>Fakten</translation>
    </message>
    <message>
        <source>Found</source>
        <translation>Gefunden</translation>
    </message>
    <message>
        <source>State</source>
        <translation>Zustand</translation>
    </message>
    <message>
        <source>What was looked at</source>
        <translation>Was nachgesehen wurde</translation>
    </message>
    <message>
        <source>Way</source>
        <translation>Weg</translation>
    </message>
    <message>
        <source>Read</source>
        <translation>Gelesen</translation>
    </message>
    <message>
        <source>Calls</source>
        <translation>Aufrufe</translation>
    </message>
    <message>
        <source>Took</source>
        <translation>Dauer</translation>
    </message>
    <message>
        <source>{0} s</source>
        <translation>{0} s</translation>
    </message>
    <message>
        <source>Nothing was read at the last look: nothing had been written since.</source>
        <translation>Beim letzten Nachsehen wurde nichts gelesen: Seit dem vorigen war nichts geschrieben worden.</translation>
    </message>
    <message>
        <source>What the last look cost</source>
        <translation>Was das letzte Nachsehen gekostet hat</translation>
    </message>
    <message>
        <source>read</source>
        <translation>gelesen</translation>
    </message>
    <message>
        <source>not known why</source>
        <translation>warum, ist nicht bekannt</translation>
    </message>
    <message>
        <source>unreadable: {0}</source>
        <translation>nicht lesbar: {0}</translation>
    </message>
</context>
<context>
    <name>VmHardware</name>
    <message>
        <source>Machine</source>
        <translation>Maschine</translation>
    </message>
    <message>
        <source>Virtual CPUs</source>
        <translation>Virtuelle CPUs</translation>
    </message>
    <message>
        <source>Memory</source>
        <translation>Arbeitsspeicher</translation>
    </message>
    <message>
        <source>Firmware</source>
        <translation>Firmware</translation>
    </message>
    <message>
        <source>Secure boot</source>
        <translation>Secure Boot</translation>
    </message>
    <message>
        <source>Hardware</source>
        <translation>Hardware</translation>
    </message>
    <message>
        <source>Starts with host</source>
        <translation>Startet mit Host</translation>
    </message>
    <message>
        <source>Persistent</source>
        <translation>Persistent</translation>
    </message>
    <message>
        <source>Identity</source>
        <translation>Identität</translation>
    </message>
    <message>
        <source>UUID</source>
        <translation>UUID</translation>
    </message>
    <message>
        <source>Instance UUID</source>
        <translation>Instanz-UUID</translation>
    </message>
    <message>
        <source>Configuration</source>
        <translation>Konfiguration</translation>
    </message>
    <message>
        <source>Device</source>
        <translation>Gerät</translation>
    </message>
    <message>
        <source>What it is</source>
        <translation>Was es ist</translation>
    </message>
    <message>
        <source>Passed through</source>
        <translation>Durchgereicht</translation>
    </message>
    <message>
        <source>Key</source>
        <translation>Schlüssel</translation>
    </message>
    <message>
        <source>Devices</source>
        <translation>Geräte</translation>
    </message>
    <message>
        <source>None that matter.</source>
        <translation>Keine von Belang.</translation>
    </message>
    <message>
        <source>Attributes</source>
        <translation>Attribute</translation>
    </message>
</context>
<context>
    <name>VmModel</name>
    <message>
        <source>sorted, descending</source>
        <translation>absteigend sortiert</translation>
    </message>
    <message>
        <source>sorted, ascending</source>
        <translation>aufsteigend sortiert</translation>
    </message>
    <message>
        <source>none</source>
        <translation>keine</translation>
    </message>
</context>
<context>
    <name>VmNetwork</name>
    <message>
        <source>No network card has changed, as far as the log goes.</source>
        <translation>Keine Netzwerkkarte hat sich geändert, soweit das Protokoll reicht.</translation>
    </message>
    <message>
        <source>Changes of the network</source>
        <translation>Änderungen am Netzwerk</translation>
    </message>
    <message>
        <source>Network</source>
        <translation>Netzwerk</translation>
    </message>
    <message>
        <source>VLAN</source>
        <translation>VLAN</translation>
    </message>
    <message>
        <source>VLAN from</source>
        <translation>VLAN von</translation>
    </message>
    <message>
        <source>Switch</source>
        <translation>Switch</translation>
    </message>
    <message>
        <source>MAC</source>
        <translation>MAC</translation>
    </message>
    <message>
        <source>Addresses</source>
        <translation>Adressen</translation>
    </message>
    <message>
        <source>Link</source>
        <translation>Link</translation>
    </message>
    <message>
        <source>Blocked</source>
        <translation>Blockiert</translation>
    </message>
    <message>
        <source>At power-on</source>
        <translation>Beim Einschalten</translation>
    </message>
    <message>
        <source>Model</source>
        <translation>Modell</translation>
    </message>
    <message>
        <source>Reached by</source>
        <translation>Angebunden über</translation>
    </message>
    <message>
        <source>Port</source>
        <translation>Port</translation>
    </message>
    <message>
        <source>Host&apos;s side</source>
        <translation>Seite des Hosts</translation>
    </message>
    <message>
        <source>connected</source>
        <translation>verbunden</translation>
    </message>
    <message>
        <source>not connected</source>
        <translation>nicht verbunden</translation>
    </message>
    <message>
        <source>Filter</source>
        <translation>Filter</translation>
    </message>
    <message>
        <source>none</source>
        <translation>keiner</translation>
    </message>
    <message>
        <source>Order</source>
        <translation>Reihenfolge</translation>
    </message>
    <message>
        <source>Action</source>
        <translation>Aktion</translation>
    </message>
    <message>
        <source>Direction</source>
        <translation>Richtung</translation>
    </message>
    <message>
        <source>Protocol</source>
        <translation>Protokoll</translation>
    </message>
    <message>
        <source>Source</source>
        <translation>Quelle</translation>
    </message>
    <message>
        <source>Destination</source>
        <translation>Ziel</translation>
    </message>
    <message>
        <source>Comment</source>
        <translation>Kommentar</translation>
    </message>
    <message>
        <source>The filter has no rules.</source>
        <translation>Der Filter hat keine Regeln.</translation>
    </message>
    <message>
        <source>The filter&apos;s rules are not known.</source>
        <translation>Die Regeln des Filters sind nicht bekannt.</translation>
    </message>
    <message>
        <source>Firewall rules</source>
        <translation>Firewallregeln</translation>
    </message>
    <message>
        <source>any</source>
        <translation>beliebig</translation>
    </message>
</context>
<context>
    <name>VmSnapshots</name>
    <message>
        <source>Snapshot</source>
        <translation>Snapshot</translation>
    </message>
    <message>
        <source>Taken</source>
        <translation>Erstellt</translation>
    </message>
    <message>
        <source>Age</source>
        <translation>Alter</translation>
    </message>
    <message>
        <source>Size</source>
        <translation>Größe</translation>
    </message>
    <message>
        <source>State</source>
        <translation>Zustand</translation>
    </message>
    <message>
        <source>Description</source>
        <translation>Beschreibung</translation>
    </message>
    <message>
        <source>No snapshots.</source>
        <translation>Keine Snapshots.</translation>
    </message>
    <message>
        <source>Snapshots</source>
        <translation>Snapshots</translation>
    </message>
    <message>
        <source>{0} (current)</source>
        <translation>{0} (aktuell)</translation>
    </message>
</context>
<context>
    <name>VmStorage</name>
    <message>
        <source>Disk</source>
        <translation>Datenträger</translation>
    </message>
    <message>
        <source>Capacity</source>
        <translation>Kapazität</translation>
    </message>
    <message>
        <source>Allocated</source>
        <translation>Belegt</translation>
    </message>
    <message>
        <source>Used</source>
        <translation>Belegt</translation>
    </message>
    <message>
        <source>Format</source>
        <translation>Format</translation>
    </message>
    <message>
        <source>Bus</source>
        <translation>Bus</translation>
    </message>
    <message>
        <source>Datastore</source>
        <translation>Datenspeicher</translation>
    </message>
    <message>
        <source>Path</source>
        <translation>Pfad</translation>
    </message>
    <message>
        <source>Disks</source>
        <translation>Datenträger</translation>
    </message>
    <message>
        <source>None.</source>
        <translation>Keine.</translation>
    </message>
    <message>
        <source>empty drive</source>
        <translation>leeres Laufwerk</translation>
    </message>
    <message>
        <source>read-only</source>
        <translation>schreibgeschützt</translation>
    </message>
    <message>
        <source>shared</source>
        <translation>gemeinsam genutzt</translation>
    </message>
    <message>
        <source>encrypted</source>
        <translation>verschlüsselt</translation>
    </message>
    <message>
        <source>backed by</source>
        <translation>Basis</translation>
    </message>
</context>
<context>
    <name>VmSummary</name>
    <message>
        <source>{0} · VLAN {1}</source>
        <translation>{0} · VLAN {1}</translation>
    </message>
    <message>
        <source>VLAN from: {0}</source>
        <translation>VLAN von: {0}</translation>
    </message>
    <message>
        <source>blocked: its port lets nothing pass</source>
        <translation>blockiert: Ihr Port lässt nichts durch</translation>
    </message>
    <message>
        <source>changed {0}</source>
        <translation>geändert {0}</translation>
    </message>
    <message>
        <source>oldest {0}</source>
        <translation>ältester {0}</translation>
    </message>
    <message>
        <source>{0} in all</source>
        <translation>{0} insgesamt</translation>
    </message>
    <message numerus="yes">
        <source>%Ln snapshot(s)</source>
        <translation>
            <numerusform>%Ln Snapshot</numerusform>
            <numerusform>%Ln Snapshots</numerusform>
        </translation>
    </message>
    <message>
        <source>the hypervisor itself cannot tell how this VM is</source>
        <translation>der Hypervisor selbst kann nicht sagen, wie es um diese VM steht</translation>
    </message>
    <message>
        <source>Power</source>
        <translation>Betriebszustand</translation>
    </message>
    <message>
        <source>Host</source>
        <translation>Host</translation>
    </message>
    <message>
        <source>Booted</source>
        <translation>Gestartet</translation>
    </message>
    <message>
        <source>Created</source>
        <translation>Erstellt</translation>
    </message>
    <message>
        <source>Folder</source>
        <translation>Ordner</translation>
    </message>
    <message>
        <source>Resource pool</source>
        <translation>Ressourcenpool</translation>
    </message>
    <message>
        <source>Tags</source>
        <translation>Tags</translation>
    </message>
    <message>
        <source>none</source>
        <translation>keine</translation>
    </message>
    <message>
        <source>Labels</source>
        <translation>Labels</translation>
    </message>
    <message>
        <source>put here by operators</source>
        <translation>von Bedienern hier eingetragen</translation>
    </message>
    <message>
        <source>Notes</source>
        <translation>Notizen</translation>
    </message>
    <message>
        <source>Virtual machine</source>
        <translation>Virtuelle Maschine</translation>
    </message>
    <message>
        <source>Guest</source>
        <translation>Gast</translation>
    </message>
    <message>
        <source>System</source>
        <translation>System</translation>
    </message>
    <message>
        <source>Kernel</source>
        <translation>Kernel</translation>
    </message>
    <message>
        <source>Host name</source>
        <translation>Hostname</translation>
    </message>
    <message>
        <source>Addresses</source>
        <translation>Adressen</translation>
    </message>
    <message>
        <source>Tools</source>
        <translation>Tools</translation>
    </message>
    <message>
        <source>Virtual CPUs</source>
        <translation>Virtuelle CPUs</translation>
    </message>
    <message>
        <source>Memory</source>
        <translation>Arbeitsspeicher</translation>
    </message>
    <message>
        <source>Disks</source>
        <translation>Datenträger</translation>
    </message>
    <message>
        <source>Network cards</source>
        <translation>Netzwerkkarten</translation>
    </message>
    <message>
        <source>Firmware</source>
        <translation>Firmware</translation>
    </message>
    <message>
        <source>Passed through</source>
        <translation>Durchgereicht</translation>
    </message>
    <message numerus="yes">
        <source>%Ln device(s)</source>
        <translation>
            <numerusform>%Ln Gerät</numerusform>
            <numerusform>%Ln Geräte</numerusform>
        </translation>
    </message>
    <message>
        <source>Size</source>
        <translation>Größe</translation>
    </message>
</context>
<context>
    <name>VmTable</name>
    <message>
        <source>Filter the table</source>
        <translation>Tabelle filtern</translation>
    </message>
    <message>
        <source>Only machines that have all of these words in the columns shown</source>
        <translation>Nur Maschinen, die alle diese Wörter in den angezeigten Spalten haben</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>Abbrechen</translation>
    </message>
    <message>
        <source>&amp;Copy lines</source>
        <translation>Zeilen &amp;kopieren</translation>
    </message>
    <message>
        <source>The selected lines with the columns shown, separated by tabs</source>
        <translation>Die ausgewählten Zeilen mit den angezeigten Spalten, durch Tabulatoren getrennt</translation>
    </message>
    <message>
        <source>Copy as CS&amp;V</source>
        <translation>Als CS&amp;V kopieren</translation>
    </message>
    <message>
        <source>The selected lines with the columns shown, as comma-separated values</source>
        <translation>Die ausgewählten Zeilen mit den angezeigten Spalten, als kommagetrennte Werte</translation>
    </message>
    <message>
        <source>&amp;Export selection as CSV…</source>
        <translation>&amp;Auswahl als CSV exportieren…</translation>
    </message>
    <message>
        <source>Writes the selected lines with the columns shown into a file for spreadsheets</source>
        <translation>Schreibt die ausgewählten Zeilen mit den angezeigten Spalten in eine Datei für Tabellenkalkulationen</translation>
    </message>
    <message>
        <source>Export &amp;all as CSV…</source>
        <translation>A&amp;lles als CSV exportieren…</translation>
    </message>
    <message>
        <source>Writes every line of the table with the columns shown into a file for spreadsheets</source>
        <translation>Schreibt jede Zeile der Tabelle mit den angezeigten Spalten in eine Datei für Tabellenkalkulationen</translation>
    </message>
    <message>
        <source>C&amp;olumns…</source>
        <translation>&amp;Spalten…</translation>
    </message>
    <message>
        <source>Chooses which columns the table has, and their order</source>
        <translation>Wählt, welche Spalten die Tabelle hat, und ihre Reihenfolge</translation>
    </message>
    <message>
        <source>&amp;Filter the table</source>
        <translation>Tabelle &amp;filtern</translation>
    </message>
    <message>
        <source>Goes to the box that narrows the table to machines with some words</source>
        <translation>Geht zum Feld, das die Tabelle auf Maschinen mit bestimmten Wörtern einschränkt</translation>
    </message>
    <message>
        <source>{0} of {1}</source>
        <translation>{0} von {1}</translation>
    </message>
    <message numerus="yes">
        <source>%Ln VM(s)</source>
        <translation>
            <numerusform>%Ln VM</numerusform>
            <numerusform>%Ln VMs</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln selected</source>
        <translation>
            <numerusform>%Ln ausgewählt</numerusform>
            <numerusform>%Ln ausgewählt</numerusform>
        </translation>
    </message>
    <message>
        <source>Nothing is connected</source>
        <translation>Nichts ist verbunden</translation>
    </message>
    <message>
        <source>Add a connection to see its virtual machines here.</source>
        <translation>Fügen Sie eine Verbindung hinzu, um hier ihre virtuellen Maschinen zu sehen.</translation>
    </message>
    <message>
        <source>No virtual machines yet</source>
        <translation>Noch keine virtuellen Maschinen</translation>
    </message>
    <message>
        <source>They appear as soon as a connection tells of them.</source>
        <translation>Sie erscheinen, sobald eine Verbindung von ihnen berichtet.</translation>
    </message>
    <message>
        <source>No virtual machine has all of these words</source>
        <translation>Keine virtuelle Maschine hat alle diese Wörter</translation>
    </message>
    <message>
        <source>The filter looks at the columns that are shown. Use fewer words, or show more columns.</source>
        <translation>Der Filter sieht nur die angezeigten Spalten. Nehmen Sie weniger Wörter oder zeigen Sie mehr Spalten an.</translation>
    </message>
    <message>
        <source>No virtual machine matches the search</source>
        <translation>Keine virtuelle Maschine passt zur Suche</translation>
    </message>
    <message>
        <source>Change or empty the search box above.</source>
        <translation>Ändern oder leeren Sie das Suchfeld oben.</translation>
    </message>
    <message>
        <source>Export as CSV</source>
        <translation>Als CSV exportieren</translation>
    </message>
    <message>
        <source>Comma-separated values (*.csv)</source>
        <translation>Kommagetrennte Werte (*.csv)</translation>
    </message>
    <message>
        <source>All files (*)</source>
        <translation>Alle Dateien (*)</translation>
    </message>
    <message numerus="yes">
        <source>%Ln line(s) exported to {0}</source>
        <translation>
            <numerusform>%Ln Zeile nach {0} exportiert</numerusform>
            <numerusform>%Ln Zeilen nach {0} exportiert</numerusform>
        </translation>
    </message>
    <message>
        <source>Cancelled</source>
        <translation>Abgebrochen</translation>
    </message>
    <message>
        <source>{0} of {1} lines</source>
        <translation>{0} von {1} Zeilen</translation>
    </message>
    <message>
        <source>&amp;Sort by</source>
        <translation>S&amp;ortieren nach</translation>
    </message>
    <message>
        <source>&amp;Ascending</source>
        <translation>&amp;Aufsteigend</translation>
    </message>
    <message>
        <source>&amp;Descending</source>
        <translation>A&amp;bsteigend</translation>
    </message>
</context>
<context>
    <name>VmView</name>
    <message>
        <source>Virtual machines</source>
        <translation>Virtuelle Maschinen</translation>
    </message>
    <message>
        <source>One line each; Enter opens a machine, Shift and Ctrl select several, the menu key shows what else</source>
        <translation>Je eine Zeile; die Eingabetaste öffnet eine Maschine, Umschalt und Strg wählen mehrere, die Menütaste zeigt, was noch möglich ist</translation>
    </message>
    <message>
        <source>Columns</source>
        <translation>Spalten</translation>
    </message>
    <message>
        <source>Click sorts, dragging moves a column, a right click chooses columns</source>
        <translation>Klicken sortiert, Ziehen verschiebt eine Spalte, ein Rechtsklick wählt Spalten</translation>
    </message>
</context>
<context>
    <name>WaiveDialog</name>
    <message>
        <source>Waive</source>
        <translation>Ausnahme gewähren</translation>
    </message>
    <message numerus="yes">
        <source>Waive %Ln finding(s)</source>
        <translation>
            <numerusform>Ausnahme für %Ln Befund gewähren</numerusform>
            <numerusform>Ausnahme für %Ln Befunde gewähren</numerusform>
        </translation>
    </message>
    <message>
        <source>Covers</source>
        <translation>Gilt für</translation>
    </message>
    <message>
        <source>Group</source>
        <translation>Gruppe</translation>
    </message>
    <message>
        <source>Because</source>
        <translation>Begründung</translation>
    </message>
    <message>
        <source>{0} d</source>
        <translation>{0} Tage</translation>
    </message>
    <message numerus="yes">
        <source>Ends in %Ln day(s)</source>
        <translation>
            <numerusform>Endet in %Ln Tag</numerusform>
            <numerusform>Endet in %Ln Tagen</numerusform>
        </translation>
    </message>
    <message>
        <source>Until</source>
        <translation>Bis</translation>
    </message>
    <message>
        <source>List the groups</source>
        <translation>Gruppen auflisten</translation>
    </message>
    <message numerus="yes">
        <source>each of %Ln VM(s)</source>
        <translation>
            <numerusform>jeder von %Ln VM</numerusform>
            <numerusform>jeder von %Ln VMs</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>each of %Ln rule(s)</source>
        <translation>
            <numerusform>jede von %Ln Regel</numerusform>
            <numerusform>jede von %Ln Regeln</numerusform>
        </translation>
    </message>
    <message>
        <source>Only this: {0} on {1}</source>
        <translation>Nur dies: {0} auf {1}</translation>
    </message>
    <message>
        <source>Everything on {0}</source>
        <translation>Alles auf {0}</translation>
    </message>
    <message>
        <source>{0} on every VM</source>
        <translation>{0} auf jeder VM</translation>
    </message>
    <message>
        <source>{0} on a group</source>
        <translation>{0} auf einer Gruppe</translation>
    </message>
    <message>
        <source>Why it may be so: a ticket, a plan, a reason that others understand</source>
        <translation>Warum es so sein darf: ein Ticket, ein Plan, ein Grund, den andere verstehen</translation>
    </message>
    <message numerus="yes">
        <source>Until then nobody is asked about %Ln open finding(s).</source>
        <translation>
            <numerusform>Bis dahin wird wegen %Ln offenem Befund niemand behelligt.</numerusform>
            <numerusform>Bis dahin wird wegen %Ln offener Befunde niemand behelligt.</numerusform>
        </translation>
    </message>
    <message>
        <source>What is waived still counts against the score, and anybody can see why.</source>
        <translation>Was ausgenommen ist, zählt weiter gegen die Erfüllung, und jeder kann sehen, warum.</translation>
    </message>
</context>
<context>
    <name>WeekPicture</name>
    <message>
        <source>Quiet hours of the week</source>
        <translation>Ruhezeiten der Woche</translation>
    </message>
    <message>
        <source>quiet</source>
        <translation>Ruhezeit</translation>
    </message>
    <message>
        <source>not quiet</source>
        <translation>keine Ruhezeit</translation>
    </message>
    <message>
        <source>{0} {1}–{2}: {3}</source>
        <translation>{0} {1}–{2}: {3}</translation>
    </message>
    <message>
        <source>{0}. Arrows move, Space paints, Shift and arrows take a block.</source>
        <translation>{0}. Pfeiltasten bewegen, die Leertaste malt, Umschalt und Pfeiltasten nehmen einen Block.</translation>
    </message>
</context>
<context>
    <name>WelcomePane</name>
    <message>
        <source>Nothing is connected yet</source>
        <translation>Noch ist nichts verbunden</translation>
    </message>
    <message>
        <source>No snapshot is open</source>
        <translation>Kein Snapshot ist geöffnet</translation>
    </message>
    <message>
        <source>The console only looks. It changes nothing on a hypervisor until you allow it, for each connection.</source>
        <translation>Die Konsole sieht nur zu. Sie ändert nichts an einem Hypervisor, bis Sie es für die jeweilige Verbindung erlauben.</translation>
    </message>
    <message>
        <source>To connect to an estate, start the console without a file.</source>
        <translation>Um einen Bestand zu verbinden, die Konsole ohne Datei starten.</translation>
    </message>
    <message>
        <source>Again</source>
        <translation>Zuletzt</translation>
    </message>
    <message>
        <source>Look around in a demo</source>
        <translation>In einer Demo umsehen</translation>
    </message>
    <message>
        <source>A simulated estate in a window of its own, of which nothing is kept. Within two minutes a VM is put on the wrong VLAN there, and a host falls silent.</source>
        <translation>Ein simulierter Bestand in einem eigenen Fenster, von dem nichts aufgehoben wird. Innerhalb von zwei Minuten kommt dort eine VM ins falsche VLAN, und ein Host verstummt.</translation>
    </message>
    <message>
        <source>VMware vCenter or ESXi…</source>
        <translation>VMware vCenter oder ESXi…</translation>
    </message>
    <message>
        <source>With a user that needs no more than the Read-only role.</source>
        <translation>Mit einem Benutzer, der nicht mehr als die Rolle „Nur Lesen“ braucht.</translation>
    </message>
    <message>
        <source>libvirt: KVM, Xen, LXC…</source>
        <translation>libvirt: KVM, Xen, LXC…</translation>
    </message>
    <message>
        <source>On this machine, or on another through SSH or TLS.</source>
        <translation>Auf diesem Rechner oder auf einem anderen über SSH oder TLS.</translation>
    </message>
    <message>
        <source>A running engine…</source>
        <translation>Eine laufende Engine…</translation>
    </message>
    <message>
        <source>One that goes on watching when windows are closed. This user&apos;s own is found by itself.</source>
        <translation>Eine, die weiter beobachtet, wenn Fenster geschlossen sind. Die eigene dieses Benutzers wird von selbst gefunden.</translation>
    </message>
    <message>
        <source>A snapshot file…</source>
        <translation>Eine Snapshot-Datei…</translation>
    </message>
    <message>
        <source>An estate of another time, or somebody else&apos;s. Nothing is connected, and nothing can act.</source>
        <translation>Ein Bestand aus einer anderen Zeit oder von jemand anderem. Nichts ist verbunden, und nichts kann wirken.</translation>
    </message>
    <message>
        <source>Another window opens…</source>
        <translation>Ein weiteres Fenster öffnet sich…</translation>
    </message>
    <message>
        <source>Connect {0} again</source>
        <translation>{0} erneut verbinden</translation>
    </message>
</context>
<context>
    <name>Wording</name>
    <message>
        <source>(not known here)</source>
        <translation>(hier nicht bekannt)</translation>
    </message>
    <message>
        <source>Connection</source>
        <translation>Verbindung</translation>
    </message>
    <message>
        <source>Datacenter</source>
        <translation>Datencenter</translation>
    </message>
    <message>
        <source>Cluster</source>
        <translation>Cluster</translation>
    </message>
    <message>
        <source>Host</source>
        <translation>Host</translation>
    </message>
    <message>
        <source>Virtual machine</source>
        <translation>Virtuelle Maschine</translation>
    </message>
    <message>
        <source>Network</source>
        <translation>Netzwerk</translation>
    </message>
    <message>
        <source>Datastore</source>
        <translation>Datenspeicher</translation>
    </message>
    <message>
        <source>Switch</source>
        <translation>Switch</translation>
    </message>
    <message>
        <source>untagged</source>
        <translation>ohne Tag</translation>
    </message>
    <message>
        <source>VLANs differ</source>
        <translation>VLANs verschieden</translation>
    </message>
    <message>
        <source>VLAN {0}</source>
        <translation>VLAN {0}</translation>
    </message>
    <message numerus="yes">
        <source>%Ln second(s) ago</source>
        <translation>
            <numerusform>vor %Ln Sekunde</numerusform>
            <numerusform>vor %Ln Sekunden</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln minute(s) ago</source>
        <translation>
            <numerusform>vor %Ln Minute</numerusform>
            <numerusform>vor %Ln Minuten</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln hour(s) ago</source>
        <translation>
            <numerusform>vor %Ln Stunde</numerusform>
            <numerusform>vor %Ln Stunden</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln day(s) ago</source>
        <translation>
            <numerusform>vor %Ln Tag</numerusform>
            <numerusform>vor %Ln Tagen</numerusform>
        </translation>
    </message>
    <message>
        <source>yes</source>
        <translation>ja</translation>
    </message>
    <message>
        <source>no</source>
        <translation>nein</translation>
    </message>
    <message>
        <source>told by the hypervisor</source>
        <translation>laut Hypervisor</translation>
    </message>
    <message>
        <source>from a DHCP lease</source>
        <translation>aus DHCP-Lease</translation>
    </message>
    <message>
        <source>from the host&apos;s ARP table</source>
        <translation>aus ARP-Tabelle des Hosts</translation>
    </message>
    <message>
        <source>told by the guest&apos;s tools</source>
        <translation>laut Tools des Gasts</translation>
    </message>
    <message>
        <source>read from the guest&apos;s disk</source>
        <translation>vom Datenträger gelesen</translation>
    </message>
    <message>
        <source>read from the guest&apos;s memory</source>
        <translation>aus Arbeitsspeicher gelesen</translation>
    </message>
    <message>
        <source>entered by an operator</source>
        <translation>von Hand eingetragen</translation>
    </message>
    <message>
        <source>Applications</source>
        <translation>Anwendungen</translation>
    </message>
    <message>
        <source>Services</source>
        <translation>Dienste</translation>
    </message>
    <message>
        <source>Users</source>
        <translation>Benutzer</translation>
    </message>
    <message>
        <source>Patches</source>
        <translation>Patches</translation>
    </message>
    <message>
        <source>Processes</source>
        <translation>Prozesse</translation>
    </message>
    <message>
        <source>Listening</source>
        <translation>Lauschend</translation>
    </message>
    <message>
        <source>Addresses</source>
        <translation>Adressen</translation>
    </message>
    <message>
        <source>Settings</source>
        <translation>Einstellungen</translation>
    </message>
    <message>
        <source>Autostart</source>
        <translation>Autostart</translation>
    </message>
    <message>
        <source>Kernel modules</source>
        <translation>Kernelmodule</translation>
    </message>
    <message>
        <source>Signs of tampering</source>
        <translation>Manipulationsspuren</translation>
    </message>
    <message>
        <source>read</source>
        <translation>gelesen</translation>
    </message>
    <message>
        <source>{0}; it may be older than that: {1}</source>
        <translation>{0}; es kann älter sein: {1}</translation>
    </message>
    <message>
        <source>unreadable: {0}</source>
        <translation>nicht lesbar: {0}</translation>
    </message>
    <message>
        <source>not known why</source>
        <translation>warum, ist nicht bekannt</translation>
    </message>
    <message>
        <source>not looked yet</source>
        <translation>noch nicht nachgesehen</translation>
    </message>
    <message>
        <source>running</source>
        <translation>laufen</translation>
    </message>
    <message>
        <source>not running</source>
        <translation>laufen nicht</translation>
    </message>
    <message>
        <source>not installed</source>
        <translation>nicht installiert</translation>
    </message>
    <message>
        <source>outdated</source>
        <translation>veraltet</translation>
    </message>
    <message>
        <source>{0}, secure boot</source>
        <translation>{0}, Secure Boot</translation>
    </message>
    <message>
        <source>network</source>
        <translation>Netzwerk</translation>
    </message>
    <message>
        <source>bridge</source>
        <translation>Bridge</translation>
    </message>
    <message>
        <source>port group</source>
        <translation>Portgruppe</translation>
    </message>
    <message>
        <source>user-mode networking</source>
        <translation>User-Mode-Netzwerk</translation>
    </message>
    <message>
        <source>tap device</source>
        <translation>TAP-Gerät</translation>
    </message>
    <message>
        <source>macvtap</source>
        <translation>macvtap</translation>
    </message>
    <message>
        <source>device passed through</source>
        <translation>durchgereichtes Gerät</translation>
    </message>
    <message>
        <source>vhost-user</source>
        <translation>vhost-user</translation>
    </message>
    <message>
        <source>vDPA</source>
        <translation>vDPA</translation>
    </message>
    <message>
        <source>tunnel between VMs</source>
        <translation>Tunnel zwischen VMs</translation>
    </message>
    <message>
        <source>internal network</source>
        <translation>internes Netzwerk</translation>
    </message>
    <message>
        <source>opaque network</source>
        <translation>undurchsichtiges Netzwerk</translation>
    </message>
    <message>
        <source>not plugged in</source>
        <translation>nicht angeschlossen</translation>
    </message>
    <message>
        <source>in another way</source>
        <translation>auf andere Weise</translation>
    </message>
    <message>
        <source>virtual network</source>
        <translation>virtuelles Netzwerk</translation>
    </message>
    <message>
        <source>distributed port group</source>
        <translation>verteilte Portgruppe</translation>
    </message>
    <message>
        <source>opaque, managed elsewhere</source>
        <translation>undurchsichtig, anderswo verwaltet</translation>
    </message>
    <message>
        <source>standard switch</source>
        <translation>Standard-Switch</translation>
    </message>
    <message>
        <source>distributed switch</source>
        <translation>Distributed Switch</translation>
    </message>
    <message>
        <source>Open vSwitch</source>
        <translation>Open vSwitch</translation>
    </message>
    <message>
        <source>switch</source>
        <translation>Switch</translation>
    </message>
    <message>
        <source>as of {0}, when the engine stopped</source>
        <translation>Stand {0}, als die Engine anhielt</translation>
    </message>
    <message>
        <source>as of {0}; {1} has not answered since</source>
        <translation>Stand {0}; {1} hat seitdem nicht geantwortet</translation>
    </message>
    <message>
        <source>live from {0}</source>
        <translation>live von {0}</translation>
    </message>
    <message>
        <source>stale since {0}</source>
        <translation>veraltet seit {0}</translation>
    </message>
    <message>
        <source>on {0}</source>
        <translation>auf {0}</translation>
    </message>
    <message numerus="yes">
        <source>%Ln VM(s)</source>
        <translation>
            <numerusform>%Ln VM</numerusform>
            <numerusform>%Ln VMs</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln host(s)</source>
        <translation>
            <numerusform>%Ln Host</numerusform>
            <numerusform>%Ln Hosts</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln network(s)</source>
        <translation>
            <numerusform>%Ln Netzwerk</numerusform>
            <numerusform>%Ln Netzwerke</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln datastore(s)</source>
        <translation>
            <numerusform>%Ln Datenspeicher</numerusform>
            <numerusform>%Ln Datenspeicher</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln cluster(s)</source>
        <translation>
            <numerusform>%Ln Cluster</numerusform>
            <numerusform>%Ln Cluster</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln datacenter(s)</source>
        <translation>
            <numerusform>%Ln Datencenter</numerusform>
            <numerusform>%Ln Datencenter</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln connection(s)</source>
        <translation>
            <numerusform>%Ln Verbindung</numerusform>
            <numerusform>%Ln Verbindungen</numerusform>
        </translation>
    </message>
    <message>
        <source>appeared</source>
        <translation>aufgetaucht</translation>
    </message>
    <message>
        <source>disappeared</source>
        <translation>verschwunden</translation>
    </message>
    <message>
        <source>changed</source>
        <translation>geändert</translation>
    </message>
    <message>
        <source>NIC</source>
        <translation>NIC</translation>
    </message>
    <message>
        <source>disk</source>
        <translation>Datenträger</translation>
    </message>
    <message>
        <source>snapshot</source>
        <translation>Snapshot</translation>
    </message>
    <message>
        <source>device</source>
        <translation>Gerät</translation>
    </message>
    <message>
        <source>none</source>
        <translation>keine</translation>
    </message>
    <message>
        <source>VLAN</source>
        <translation>VLAN</translation>
    </message>
    <message>
        <source>MAC</source>
        <translation>MAC</translation>
    </message>
    <message>
        <source>system</source>
        <translation>System</translation>
    </message>
    <message>
        <source>network cards</source>
        <translation>Netzwerkkarten</translation>
    </message>
    <message>
        <source>link</source>
        <translation>Link</translation>
    </message>
    <message>
        <source>UUID</source>
        <translation>UUID</translation>
    </message>
    <message>
        <source>virtual CPUs</source>
        <translation>virtuelle CPUs</translation>
    </message>
    <message>
        <source>memory</source>
        <translation>Arbeitsspeicher</translation>
    </message>
    <message>
        <source>capacity</source>
        <translation>Kapazität</translation>
    </message>
    <message>
        <source>VLAN of the port</source>
        <translation>VLAN des Ports</translation>
    </message>
    <message>
        <source>power</source>
        <translation>Betriebszustand</translation>
    </message>
    <message>
        <source>access</source>
        <translation>Zugriff</translation>
    </message>
    <message>
        <source>host</source>
        <translation>Host</translation>
    </message>
    <message>
        <source>cluster</source>
        <translation>Cluster</translation>
    </message>
    <message>
        <source>datacenter</source>
        <translation>Datencenter</translation>
    </message>
    <message>
        <source>datastore</source>
        <translation>Datenspeicher</translation>
    </message>
    <message>
        <source>part of</source>
        <translation>Teil von</translation>
    </message>
    <message>
        <source>name</source>
        <translation>Name</translation>
    </message>
    <message>
        <source>state</source>
        <translation>Zustand</translation>
    </message>
    <message>
        <source>guest</source>
        <translation>Gast</translation>
    </message>
    <message>
        <source>system&apos;s id</source>
        <translation>Systemkennung</translation>
    </message>
    <message>
        <source>family</source>
        <translation>Familie</translation>
    </message>
    <message>
        <source>kernel</source>
        <translation>Kernel</translation>
    </message>
    <message>
        <source>host name</source>
        <translation>Hostname</translation>
    </message>
    <message>
        <source>tools</source>
        <translation>Tools</translation>
    </message>
    <message>
        <source>version of the tools</source>
        <translation>Version der Tools</translation>
    </message>
    <message>
        <source>source</source>
        <translation>Quelle</translation>
    </message>
    <message>
        <source>label</source>
        <translation>Bezeichnung</translation>
    </message>
    <message>
        <source>model</source>
        <translation>Modell</translation>
    </message>
    <message>
        <source>type</source>
        <translation>Typ</translation>
    </message>
    <message>
        <source>addresses</source>
        <translation>Adressen</translation>
    </message>
    <message>
        <source>connected</source>
        <translation>verbunden</translation>
    </message>
    <message>
        <source>connected at power-on</source>
        <translation>beim Einschalten verbunden</translation>
    </message>
    <message>
        <source>blocked</source>
        <translation>blockiert</translation>
    </message>
    <message>
        <source>filter</source>
        <translation>Filter</translation>
    </message>
    <message>
        <source>parameters of the filter</source>
        <translation>Parameter des Filters</translation>
    </message>
    <message>
        <source>port</source>
        <translation>Port</translation>
    </message>
    <message>
        <source>folder</source>
        <translation>Ordner</translation>
    </message>
    <message>
        <source>resource pool</source>
        <translation>Ressourcenpool</translation>
    </message>
    <message>
        <source>template</source>
        <translation>Vorlage</translation>
    </message>
    <message>
        <source>persistent</source>
        <translation>persistent</translation>
    </message>
    <message>
        <source>autostart</source>
        <translation>Autostart</translation>
    </message>
    <message>
        <source>notes</source>
        <translation>Notizen</translation>
    </message>
    <message>
        <source>created</source>
        <translation>erstellt</translation>
    </message>
    <message>
        <source>booted</source>
        <translation>gestartet</translation>
    </message>
    <message>
        <source>firmware</source>
        <translation>Firmware</translation>
    </message>
    <message>
        <source>secure boot</source>
        <translation>Secure Boot</translation>
    </message>
    <message>
        <source>hardware</source>
        <translation>Hardware</translation>
    </message>
    <message>
        <source>tags</source>
        <translation>Tags</translation>
    </message>
    <message>
        <source>labels</source>
        <translation>Labels</translation>
    </message>
    <message>
        <source>alarms</source>
        <translation>Alarme</translation>
    </message>
    <message>
        <source>attribute</source>
        <translation>Attribut</translation>
    </message>
    <message>
        <source>setting</source>
        <translation>Einstellung</translation>
    </message>
    <message>
        <source>snapshots</source>
        <translation>Snapshots</translation>
    </message>
    <message>
        <source>disks</source>
        <translation>Datenträger</translation>
    </message>
    <message>
        <source>path</source>
        <translation>Pfad</translation>
    </message>
    <message>
        <source>allocated</source>
        <translation>belegt</translation>
    </message>
    <message>
        <source>free</source>
        <translation>frei</translation>
    </message>
    <message>
        <source>size</source>
        <translation>Größe</translation>
    </message>
    <message>
        <source>format</source>
        <translation>Format</translation>
    </message>
    <message>
        <source>bus</source>
        <translation>Bus</translation>
    </message>
    <message>
        <source>backed by</source>
        <translation>Basis</translation>
    </message>
    <message>
        <source>read-only</source>
        <translation>schreibgeschützt</translation>
    </message>
    <message>
        <source>shared</source>
        <translation>gemeinsam genutzt</translation>
    </message>
    <message>
        <source>encrypted</source>
        <translation>verschlüsselt</translation>
    </message>
    <message>
        <source>serial number</source>
        <translation>Seriennummer</translation>
    </message>
    <message>
        <source>description</source>
        <translation>Beschreibung</translation>
    </message>
    <message>
        <source>current</source>
        <translation>aktuell</translation>
    </message>
    <message>
        <source>vendor</source>
        <translation>Hersteller</translation>
    </message>
    <message>
        <source>location</source>
        <translation>Standort</translation>
    </message>
    <message>
        <source>product</source>
        <translation>Produkt</translation>
    </message>
    <message>
        <source>processor</source>
        <translation>Prozessor</translation>
    </message>
    <message>
        <source>sockets</source>
        <translation>Sockel</translation>
    </message>
    <message>
        <source>cores</source>
        <translation>Kerne</translation>
    </message>
    <message>
        <source>threads</source>
        <translation>Threads</translation>
    </message>
    <message>
        <source>MHz</source>
        <translation>MHz</translation>
    </message>
    <message>
        <source>forwarding</source>
        <translation>Weiterleitung</translation>
    </message>
    <message>
        <source>subnets</source>
        <translation>Subnetze</translation>
    </message>
    <message>
        <source>active</source>
        <translation>aktiv</translation>
    </message>
    <message>
        <source>accessible</source>
        <translation>erreichbar</translation>
    </message>
    <message>
        <source>application</source>
        <translation>Anwendung</translation>
    </message>
    <message>
        <source>service</source>
        <translation>Dienst</translation>
    </message>
    <message>
        <source>user</source>
        <translation>Benutzer</translation>
    </message>
    <message>
        <source>patch</source>
        <translation>Patch</translation>
    </message>
    <message>
        <source>listening socket</source>
        <translation>lauschender Socket</translation>
    </message>
    <message>
        <source>kernel module</source>
        <translation>Kernelmodul</translation>
    </message>
    <message>
        <source>sign of tampering</source>
        <translation>Manipulationsspur</translation>
    </message>
    <message>
        <source>administrator</source>
        <translation>Administrator</translation>
    </message>
    <message>
        <source>locked</source>
        <translation>gesperrt</translation>
    </message>
    <message>
        <source>password</source>
        <translation>Passwort</translation>
    </message>
    <message>
        <source>SSH keys</source>
        <translation>SSH-Schlüssel</translation>
    </message>
    <message>
        <source>value</source>
        <translation>Wert</translation>
    </message>
    <message>
        <source>command</source>
        <translation>Befehl</translation>
    </message>
    <message>
        <source>schedule</source>
        <translation>Zeitplan</translation>
    </message>
    <message>
        <source>version</source>
        <translation>Version</translation>
    </message>
    <message>
        <source>starts by itself</source>
        <translation>startet selbsttätig</translation>
    </message>
    <message>
        <source>runs</source>
        <translation>läuft</translation>
    </message>
    <message>
        <source>health</source>
        <translation>Befinden</translation>
    </message>
    <message>
        <source>since</source>
        <translation>seit</translation>
    </message>
    <message>
        <source>reason</source>
        <translation>Grund</translation>
    </message>
    <message>
        <source>up</source>
        <translation>verbunden</translation>
    </message>
    <message>
        <source>down</source>
        <translation>getrennt</translation>
    </message>
    <message>
        <source>the console&apos;s signed record</source>
        <translation>das signierte Protokoll der Konsole</translation>
    </message>
    <message>
        <source>discovery</source>
        <translation>Einlesen</translation>
    </message>
    <message>
        <source>event</source>
        <translation>Ereignis</translation>
    </message>
    <message>
        <source>polling</source>
        <translation>Abfrage</translation>
    </message>
    <message>
        <source>after a gap</source>
        <translation>nach einer Lücke</translation>
    </message>
    <message>
        <source>inspection</source>
        <translation>Nachsehen</translation>
    </message>
    <message>
        <source>this console</source>
        <translation>diese Konsole</translation>
    </message>
</context>
<context>
    <name>Yaml</name>
    <message>
        <source>as in the text of the document</source>
        <translation>wie im Text des Dokuments</translation>
    </message>
</context>
<context>
    <name>_FindBox</name>
    <message>
        <source>Find</source>
        <translation>Suchen</translation>
    </message>
    <message>
        <source>Find in the record</source>
        <translation>Im Datensatz suchen</translation>
    </message>
</context>
<context>
    <name>_Nothing</name>
    <message>
        <source>Empty the filter</source>
        <translation>Filter leeren</translation>
    </message>
</context>
<context>
    <name>_TitleBar</name>
    <message>
        <source>Put “{0}” back into the window</source>
        <translation>„{0}“ zurück ins Fenster setzen</translation>
    </message>
    <message>
        <source>Tear off “{0}”</source>
        <translation>„{0}“ ablösen</translation>
    </message>
    <message>
        <source>Close “{0}”</source>
        <translation>„{0}“ schließen</translation>
    </message>
</context>
</TS>
