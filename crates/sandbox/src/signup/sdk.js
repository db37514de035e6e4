// Stands in for Facebook's script: FB.init, and FB.login for Embedded Signup.
(() => {
  const origin = '{origin}';
  let app = '';
  const FB = {
    init(options) {
      app = String(options.appId ?? '');
    },
    login(callback, options) {
      if (app === '') throw new Error('FB.login() called before FB.init()');
      const query = new URLSearchParams({
        client_id: app,
        config_id: String(options.config_id ?? ''),
        response_type: String(options.response_type ?? ''),
      });
      const dialog = window.open(origin + '/dialog/oauth?' + query, 'signup', 'width=560,height=680');
      const hear = (event) => {
        if (event.origin !== origin || event.data?.sandbox !== 'login') return;
        end(event.data.code);
      };
      const end = (code) => {
        window.removeEventListener('message', hear);
        clearInterval(closing);
        callback(code ? { authResponse: { code }, status: 'connected' } : { authResponse: null, status: 'unknown' });
        dialog?.close();
      };
      window.addEventListener('message', hear);
      // Whoever just closes the window has cancelled.
      const closing = setInterval(() => {
        if (dialog?.closed) end(null);
      }, 300);
    },
  };
  window.FB = FB;
  window.fbAsyncInit?.();
})();
