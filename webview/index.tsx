/** Entry of the inspector: connects to the host and shows the panel. */
import { render } from 'preact';
import { startClock } from './clock';
import { App } from './components/App';
import { listen } from './host';
import { connect, receive } from './store';
import { watchTheme } from './theme';

listen(receive);
watchTheme();
startClock();
const root = document.getElementById('root');
if (root !== null) render(<App />, root);
connect();
